// SPDX-License-Identifier: Apache-2.0
import Events
import HTTPAPI
import LocalState
import Logging
import StateStore
import Locking

/// Sends user events and takes them up.
///
/// This agent is alone: what it fires comes back to it and goes nowhere else. Once there is
/// gossip, ``fire(_:)`` hands it to Serf, which sets the Lamport time, and Serf hands what it
/// delivers to ``receive(_:)``.
final class EventExchange: Sendable {
    /// What was taken up.
    let board = EventBoard()
    private let node: String
    private let local: LocalAgent
    private let logger: Logger
    /// Who runs commands of others; `nil` where nobody does.
    private let remote: RemoteExecution?
    /// Serf's clock of events: the time of the next one.
    private let clock = Lock<UInt64>(1)

    /// Told of each event that is taken up.
    private let count: @Sendable () -> Void

    init(
        node: String,
        local: LocalAgent,
        remote: RemoteExecution? = nil,
        logger: Logger,
        count: @escaping @Sendable () -> Void = {}
    ) {
        self.remote = remote
        self.count = count
        self.node = node
        self.local = local
        self.logger = logger
    }

    /// Sends an event.
    func fire(_ event: UserEvent) {
        var event = event
        event.lamportTime = clock.withLock { clock in
            defer { clock += 1 }
            return clock
        }
        receive(event)
    }

    /// Takes up an event that was delivered, if it is for this agent.
    func receive(_ event: UserEvent) {
        if event.version > UserEvent.currentVersion {
            logger.warning(
                "event version may have unsupported features",
                metadata: ["version": "\(event.version)", "event": "\(event.name)"]
            )
        }
        let services = local.read().services.values.map {
            EventFilter.Service(name: $0.row.name, tags: $0.row.tags)
        }
        if event.name == UserEvent.remoteExecutionName {
            guard event.filter.chooses(node: node, services: services) else { return }
            guard let remote else {
                return logger.info("ignoring remote exec event, disable_remote_exec is true")
            }
            return remote.take(event)
        }
        guard board.receive(event, node: node, services: services) else { return }
        count()
        logger.debug(
            "new event",
            metadata: ["event_name": "\(event.name)", "event_id": "\(event.id)"]
        )
    }
}
