// SPDX-License-Identifier: Apache-2.0
import StateStore

/// The catalog that `dns/data.py` makes, and changes of it.
struct Catalog {
    var services: Int
    var instances: Int

    private var nodes: Int { max(instances, min(services, 20_000)) }

    private func node(_ service: Int, _ instance: Int) -> String {
        "node-\((service &* 7919 &+ instance) % nodes)"
    }

    /// A state with all of it.
    func store() throws -> StateStore {
        var store = StateStore()
        var index = RaftIndex.zero
        func apply(_ command: Command) throws {
            index = index.next
            _ = try store.apply(command, at: index)
        }
        for number in 0..<nodes {
            let address = "10.0.\(number >> 8 & 255).\(number & 255)"
            let node = NodeRow(name: "node-\(number)", address: address)
            try apply(.register(Registration(node: node)))
        }
        for service in 0..<services {
            for instance in 0..<instances {
                try apply(registration(service, instance, port: 8000 + instance))
            }
        }
        return store
    }

    /// An instance registered, or given another port.
    func registration(_ service: Int, _ instance: Int, port: Int) -> Command {
        let node = node(service % services, instance)
        var row = ServiceRow(node: node, id: "web-\(service)", name: "web-\(service)")
        row.port = port
        return Self.register(row)
    }

    /// An instance of the service `wide` on one of a thousand nodes, its check passing or critical
    /// in turn.
    func flap(_ number: Int) -> Command {
        let node = "node-\(number % min(1000, nodes))"
        var row = ServiceRow(node: node, id: "wide", name: "wide")
        row.port = 1 + number % 60_000
        return Self.register(row)
    }

    private static func register(_ row: ServiceRow) -> Command {
        .register(
            Registration(
                node: NodeRow(name: row.node, address: ""),
                skipNodeUpdate: true,
                service: row
            )
        )
    }
}
