// SPDX-License-Identifier: Apache-2.0

internal import Definitions
internal import LocalState
internal import Property
internal import StateStore

/// What must hold of all that is held.
extension Agent {
    /// Writes everything as JSON that reads back; the state is read as what it was written as.
    func check() {
        for node in store.nodes().value {
            checkText { NodeObject.write(node, datacenter: "dc1", to: &$0) }
            for service in store.services(onNode: node.name).value?.services ?? [] {
                checkText { NodeServiceObject.write(service, to: &$0) }
                Property.holds(
                    store.instances(ofService: service.name).value.contains {
                        $0.service.id == service.id
                    },
                    "an instance is found by the name of its service: \(service)"
                )
            }
            checkText { CheckObject.write(store.checks(onNode: node.name).value, to: &$0) }
        }
        for (name, _) in store.serviceNames().value {
            for instances in [
                store.instances(ofService: name), store.connectInstances(ofService: name),
                store.ingressInstances(ofService: name),
            ] {
                checkText {
                    HealthInstanceObject.write(instances.value, datacenter: "dc1", to: &$0)
                }
                for instance in instances.value {
                    checkText { ServiceNodeObject.write(instance, datacenter: "dc1", to: &$0) }
                }
            }
        }
        for row in store.entries(prefix: "").value { checkText { KVObject.write(row, to: &$0) } }
        for row in store.sessions().value { checkText { SessionObject.write(row, to: &$0) } }
        for row in store.preparedQueries().value {
            checkText { PreparedQueryObject.write(row, to: &$0) }
        }
        for row in store.coordinates().value { checkText { CoordinateObject.write(row, to: &$0) } }
        for entry in store.configEntries(ofKind: nil).value {
            checkText { $0.verbatim(entry.contentJSON) }
        }
        for service in local.services.values {
            checkText { AgentServiceObject.write(service.row, datacenter: "dc1", to: &$0) }
        }
        for check in local.checks.values { checkText { CheckObject.write(check.row, to: &$0) } }
        checkSnapshot()
    }

    private func checkSnapshot() {
        let frames = Self.frames(of: store)
        var loader = SnapshotLoader()
        do throws(SnapshotCodingError) {
            for frame in frames { try loader.take(frame) }
            let again = try loader.finish()
            Property.holds(Self.frames(of: again) == frames, "the state reads back as itself")
        } catch { Property.holds(false, "the state cannot be read: \(error)") }
    }

    private static func frames(of store: StateStore) -> [[UInt8]] {
        var frames: [[UInt8]] = []
        store.writeSnapshot(frameLength: 65536) { frames.append($0) }
        return frames
    }

    /// Writes what a transaction reports.
    func checkTexts(of results: [TransactionResult]) {
        for result in results {
            checkText { writer in
                switch result {
                case .kv(let row): KVObject.write(row, to: &writer)
                case .node(let row): NodeObject.write(row, datacenter: "dc1", to: &writer)
                case .service(let row): NodeServiceObject.write(row, to: &writer)
                case .check(let row): CheckObject.write(row, to: &writer)
                }
            }
        }
    }

    /// A value prints as a text that reads back as it.
    func checkText(of value: JSONValue) {
        let text = value.compactText
        let again = try? JSONParser.parse(Array(text.utf8))
        Property.holds(again?.compactText == text, "\(text) does not read back")
    }

    /// What is written is JSON, indented or not, and the same.
    func checkText(_ write: (inout JSONWriter) -> Void) {
        var values: [JSONValue] = []
        for isIndented in [false, true] {
            var writer = JSONWriter(indented: isIndented)
            write(&writer)
            let text = writer.text
            guard let value = try? JSONParser.parse(text) else {
                return Property.holds(false, "no JSON: \(String(decoding: text, as: UTF8.self))")
            }
            values.append(value)
        }
        Property.holds(values[0] == values[1], "indented JSON says the same")
    }
}
