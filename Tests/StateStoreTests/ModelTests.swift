// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore
import TestSupport
import Testing

@Suite("Store beside a naive catalog")
struct ModelTests {
    private static let statuses: [CheckStatus] = [.passing, .warning, .critical]
    private static let nodeNames = ["n1", "N1", "n2", "n3"]
    private static let serviceNames = ["web", "WEB", "api", "db"]

    /// A command over few names, so that rows meet each other.
    private static func command(_ generator: inout SplitMix64) -> Command {
        func pick<Element>(_ values: [Element]) -> Element {
            values[Int.random(in: 0..<values.count, using: &generator)]
        }
        func chance(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &generator) == 0 }
        let node = pick(nodeNames)
        if chance(4) {
            let what = Int.random(in: 0..<6, using: &generator)
            return .deregister(
                Deregistration(
                    node: node,
                    serviceID: what < 3 ? pick(["a", "b"]) : "",
                    checkID: what < 5 ? pick(["c", "d", "serfHealth"]) : ""
                )
            )
        }
        var registration = Registration(
            node: NodeRow(
                name: node,
                id: pick(["", "i1", "i2"]),
                address: pick(["10.0.0.1", "10.0.0.2"])
            ),
            skipNodeUpdate: chance(2)
        )
        if chance(2) {
            var row = service(
                pick(serviceNames),
                id: pick(["a", "b"]),
                tags: pick([[], ["x"], ["x", "y"]]),
                address: pick(["", "10.1.0.1", "10.1.0.2"])
            )
            if chance(4) {
                row.kind = "connect-proxy"
                row.proxy = ProxyDefinition(destinationServiceName: pick(serviceNames))
            }
            row.connectNative = chance(4)
            registration.service = row
        }
        while chance(2) {
            registration.checks.append(
                check(
                    pick(["c", "d", "serfHealth"]),
                    pick(statuses),
                    service: pick(["", "", "a", "b"])
                )
            )
        }
        return .register(registration)
    }

    @Test("agrees in every read, every index and every change", arguments: 1...12)
    func agrees(seed: Int) throws {
        var generator = SplitMix64(seed: UInt64(seed))
        var store = StateStore()
        var model = NaiveCatalog()
        var refusals = 0
        var mostInstances = 0
        for step in 1...700 {
            let command = Self.command(&generator)
            let index = RaftIndex(rawValue: UInt64(step))
            let before = store
            var changes: Changes?
            do throws(CommandRefusal) {
                changes = try store.apply(command, at: index)
            } catch {
                #expect(!error.text.isEmpty)
                refusals += 1
            }
            mostInstances = max(mostInstances, model.services.count)
            #expect(model.apply(command, at: index) == (changes != nil))
            guard Self.expectEqual(store, model, changes ?? Changes()) else {
                Issue.record("seed \(seed), step \(step): \(command)")
                return
            }
            Self.expectWakeUps(before, store, changes ?? Changes(), at: index)
        }
        // The commands do meet what they are to meet.
        #expect(refusals > 50 && mostInstances > 3)
    }

    private static func expectEqual(
        _ store: StateStore,
        _ model: NaiveCatalog,
        _ changes: Changes
    ) -> Bool {
        var tables = store.tableIndexes
        tables.connectExtinction = .zero
        var isEqual = tables == model.tables
        isEqual = isEqual && changes.services == model.touchedServices
        isEqual = isEqual && changes.nodes == model.touchedNodes
        isEqual = isEqual && store.nodes().value == model.nodes
        isEqual = isEqual && store.checks(inState: nil).value == model.checks
        for status in statuses {
            let checks = model.checks.filter { $0.status == status }
            isEqual = isEqual && store.checks(inState: status).value == checks
        }
        for name in ["web", "api", "db"] {
            let answer = store.instances(ofService: name)
            let face = model.face(ofService: name)
            isEqual = isEqual && answer.index == model.index(ofService: name)
            isEqual = isEqual && answer.value.map(\.service) == face.rows
            isEqual = isEqual && answer.value.map(\.node) == face.nodes
            let checks = answer.value.flatMap { view in
                view.checks.sorted { $0.id < $1.id }
            }
            isEqual = isEqual && checks == face.checks
            let own = model.checks.filter {
                !$0.serviceID.isEmpty && $0.serviceName.lowercased() == name
            }
            isEqual = isEqual && store.checks(ofService: name).value == own
        }
        isEqual = isEqual && expectNodesEqual(store, model) && expectListsEqual(store, model)
        #expect(isEqual)
        return isEqual
    }

    private static func expectNodesEqual(_ store: StateStore, _ model: NaiveCatalog) -> Bool {
        var isEqual = true
        for name in ["n1", "n2", "n3"] {
            let node = model.nodes.first { $0.name.lowercased() == name }
            isEqual = isEqual && store.node(named: name) == node
            let rows = model.services.filter { $0.node == node?.name }
            let answer = store.services(onNode: name).value
            isEqual = isEqual && (answer?.services ?? []) == rows && answer?.node == node
            let checks = model.checks.filter { $0.node == node?.name }
            isEqual = isEqual && store.checks(onNode: name).value == checks
        }
        for id in ["i1", "i2"] {
            isEqual = isEqual && store.node(withID: id) == model.nodes.first { $0.id == id }
        }
        return isEqual
    }

    private static func expectListsEqual(_ store: StateStore, _ model: NaiveCatalog) -> Bool {
        var isEqual = true
        for address in ["10.0.0.1", "10.0.0.2"] {
            let nodes = model.nodes.filter { $0.address == address }
            isEqual = isEqual && store.nodes(withAddress: address) == nodes
        }
        for address in ["10.1.0.1", "10.1.0.2"] {
            let rows = model.services.filter { $0.address == address }
            isEqual = isEqual && store.serviceInstances(withAddress: address) == rows
        }
        var names: [String: Set<String>] = [:]
        for row in model.services { names[row.name, default: []].formUnion(row.tags) }
        let listed = store.serviceNames().value
        isEqual = isEqual && listed.count == names.count
        for (name, tags) in listed { isEqual = isEqual && names[name]?.sorted() == tags }
        for destination in ["web", "api", "db"] {
            let rows = model.services.filter { row in
                row.kind == "connect-proxy"
                    ? row.proxy?.destinationServiceName.lowercased() == destination
                    : row.connectNative && row.name.lowercased() == destination
            }
            let found = store.connectInstances(ofService: destination).value.map(\.service)
            isEqual = isEqual && found == rows
        }
        return isEqual
    }

    /// The promise of blocking queries: an answer that differs has a new index, the topics it was
    /// read with are woken, and no index ever falls.
    private static func expectWakeUps(
        _ before: StateStore,
        _ after: StateStore,
        _ changes: Changes,
        at index: RaftIndex
    ) {
        func compare<Value>(
            _ read: (StateStore) -> Indexed<Value>,
            _ same: (Value, Value) -> Bool
        ) {
            let (old, new) = (read(before), read(after))
            #expect(new.index >= old.index)
            if !same(old.value, new.value) {
                #expect(new.index == index)
                #expect(!changes.topics.isDisjoint(with: old.topics))
            }
        }
        func same(_ a: [InstanceView], _ b: [InstanceView]) -> Bool {
            a.map(\.service) == b.map(\.service) && a.map(\.node) == b.map(\.node)
                && a.map(\.checks) == b.map(\.checks)
        }
        compare({ $0.nodes() }, ==)
        compare({ $0.serviceNames() }) { a, b in
            a.map(\.name) == b.map(\.name) && a.map(\.tags) == b.map(\.tags)
        }
        compare({ $0.checks(inState: nil) }, ==)
        compare({ $0.checks(inState: .warning) }, ==)
        compare({ $0.checks(inState: .passing) }, ==)
        for name in ["web", "api", "db"] {
            compare({ $0.instances(ofService: name) }, same)
            compare({ $0.connectInstances(ofService: name) }, same)
            compare({ $0.checks(ofService: name) }, ==)
        }
        for name in ["n1", "n2", "n3"] {
            compare({ $0.checks(onNode: name) }, ==)
            compare({ $0.services(onNode: name) }) { a, b in
                a?.node == b?.node && a?.services == b?.services
            }
        }
    }
}
