// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore

/// A store with short words for what tests do to it.
struct Catalog {
    var store = StateStore()
    private var next: UInt64 = 10

    /// The time at which commands are proposed.
    var time = LogTime.zero

    /// Applies a command at the next index.
    @discardableResult
    mutating func apply(_ command: Command) throws(CommandRefusal) -> Changes {
        next += 1
        return try store.apply(command, at: RaftIndex(rawValue: next), time: time)
    }

    /// Applies a command at the next index; returns what a transaction reports.
    mutating func results(
        of command: Command
    ) throws(CommandRefusal) -> [TransactionResult] {
        next += 1
        var results: [TransactionResult] = []
        _ = try store.apply(
            command,
            at: RaftIndex(rawValue: next),
            time: time,
            results: &results
        )
        return results
    }

    /// The index of the last command.
    var index: RaftIndex { RaftIndex(rawValue: next) }

    /// Registers a node with, perhaps, a service and checks.
    @discardableResult
    mutating func register(
        _ node: String,
        id: String = "",
        address: String = "127.0.0.1",
        meta: [String: String]? = nil,
        skip: Bool = false,
        _ service: ServiceRow? = nil,
        checks: [CheckRow] = []
    ) throws(CommandRefusal) -> Changes {
        try apply(
            .register(
                Registration(
                    node: NodeRow(name: node, id: id, address: address, meta: meta),
                    skipNodeUpdate: skip,
                    service: service,
                    checks: checks
                )
            )
        )
    }

    /// Removes a node, a service or a check.
    @discardableResult
    mutating func deregister(
        _ node: String,
        service: String = "",
        check: String = ""
    ) throws(CommandRefusal) -> Changes {
        try apply(.deregister(Deregistration(node: node, serviceID: service, checkID: check)))
    }
}

/// An instance of a service; the ID defaults to the name.
func service(
    _ name: String,
    id: String = "",
    tags: [String] = [],
    address: String = "",
    port: Int = 80,
    meta: [String: String]? = nil
) -> ServiceRow {
    ServiceRow(node: "", id: id, name: name, tags: tags, address: address, meta: meta, port: port)
}

/// A check of a service, or of the node.
func check(_ id: String, _ status: CheckStatus, service: String = "") -> CheckRow {
    CheckRow(node: "", id: id, name: id, status: status, serviceID: service)
}
