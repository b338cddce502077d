// SPDX-License-Identifier: Apache-2.0

internal import Definitions
internal import StateStore

/// The catalog that every input begins with.
enum Catalog {
    /// How many instances `wide` has: more than any reply without EDNS, and than one block holds.
    static let width = 70

    /// The nodes that changes touch: none with a wide service, which takes long to build anew.
    static let nodes = ["agent1", "n0", "n1", "n2", "n3", "n4", "n5"]

    /// What a catalog has beside the few: what is large takes long to answer and to parse, so not
    /// every server has all of it.
    enum Breadth {
        case few
        case wide
        case heavy
    }

    /// The state that every input begins with.
    static func store(_ breadth: Breadth) -> StateStore {
        var store = StateStore()
        let large =
            switch breadth {
            case .few: [Command]()
            case .wide: wide
            case .heavy: wide + heavy
            }
        for command in [agent] + few + twins + mesh + queries + large {
            do {
                let index = RaftIndex(rawValue: store.lastIndex.rawValue + 1)
                _ = try store.apply(command, at: index)
            } catch {
                preconditionFailure("\(command): \(error)")
            }
        }
        return store
    }

    private static var agent: Command {
        .register(
            Registration(
                node: NodeRow(
                    name: "agent1",
                    id: "00000000-0000-0000-0000-000000000001",
                    address: "127.0.0.1",
                    meta: ["a": "b", "rfc1035-x": "y"]
                ),
                service: ServiceRow(node: "agent1", id: "consul", name: "consul", port: 8300)
            )
        )
    }

    /// Services of a few instances, one family or both, healthy or not.
    private static var few: [Command] {
        // A host name makes a service one for the reference line.
        let addresses = [
            "10.0.0.1", "10.0.0.2", "10.0.0.3", "2001:db8::1", "2001:db8::2",
            "host.example.internal",
        ]
        return addresses.enumerated().flatMap { index, address -> [Command] in
            let node = NodeRow(name: "n\(index)", address: address)
            let family = index < 3 ? "web" : index < 5 ? "six" : "named"
            return (index < 5 ? [family, "db", "mixed"] : [family]).map { name in
                let status: CheckStatus = [.passing, .warning, .critical][(index + name.count) % 3]
                let service = ServiceRow(
                    node: node.name,
                    id: name,
                    name: name,
                    tags: index.isMultiple(of: 2) ? ["v1", "Primary"] : [],
                    address: name == "db" ? "198.18.0.\(index)" : "",
                    port: 80 + index,
                    weights: ServiceWeights(passing: 3, warning: 2)
                )
                return Command.register(
                    Registration(
                        node: node,
                        service: service,
                        checks: [check("c-\(name)", status, of: service)]
                    )
                )
            }
        }
    }

    /// `wide` has both families and metadata; `flat` one IPv4 address each and `flat6` one IPv6.
    private static var wide: [Command] {
        (0..<width).flatMap { index -> [Command] in
            let isSix = index.isMultiple(of: 3)
            let node = NodeRow(
                name: "w\(index)",
                address: isSix ? "2001:db8:1::\(index)" : "10.1.0.\(index)",
                meta: index.isMultiple(of: 8) ? ["rack": "r\(index)"] : nil
            )
            let wide = ServiceRow(node: node.name, id: "w", name: "wide", tags: ["v1"], port: 1)
            let other = NodeRow(name: "v\(index)", address: "10.4.0.\(index)")
            let flat = ServiceRow(
                node: other.name,
                id: "f",
                name: "flat",
                address: "10.2.0.\(index)"
            )
            let flat6 = ServiceRow(
                node: other.name,
                id: "s",
                name: "flat6",
                address: "2001:db8:2::\(index)"
            )
            // `brim` has just more than a block, `edge` is just not wide.
            let brim = ServiceRow(
                node: other.name,
                id: "b",
                name: "brim",
                tags: index < 3 ? ["v1", "Primary"] : ["v1"],
                address: isSix ? "2001:db8:3::\(index)" : "",
                port: 80 + index % 2
            )
            let edge = ServiceRow(node: node.name, id: "e", name: "edge", port: 9)
            var rows = [(node, wide), (other, flat), (other, flat6)]
            if index < 65 { rows.append((other, brim)) }
            if index < 32 { rows.append((node, edge)) }
            return rows.map { .register(Registration(node: $0, service: $1)) }
        }
    }

    /// Metadata that fill a stream's message.
    private static var heavy: [Command] {
        (0..<6).map { index in
            let texts = (0..<60).map { ("key\($0)", String(repeating: "x", count: 220)) }
            let node = NodeRow(
                name: "h\(index)",
                address: "10.3.0.\(index)",
                meta: Dictionary(uniqueKeysWithValues: texts)
            )
            let service = ServiceRow(node: node.name, id: "heavy", name: "heavy", port: 9)
            return .register(Registration(node: node, service: service))
        }
    }

    static func check(
        _ id: String,
        _ status: CheckStatus,
        of service: ServiceRow
    ) -> CheckRow {
        CheckRow(node: service.node, id: id, name: "c", status: status, serviceID: service.id)
    }
}
