// SPDX-License-Identifier: Apache-2.0
public import Events
import Publication
import Locking

/// The events that this agent took up, and who waits for the next one.
///
/// ``receive(_:node:services:)`` is the one way in, for events that are fired here and, once there
/// is gossip, for those of others.
public final class EventBoard: Sendable {
    /// What a reader waits for: any event, since all come from one ring.
    enum Topic: Hashable, Sendable { case event }

    private let ring = Lock(EventRing())
    let watches = WatchRegistry<Topic>()

    /// Makes a board without events.
    public init() {}

    /// The events that were taken up, oldest first, and of one name if it is not empty.
    public func events(named name: String = "") -> [UserEvent] {
        ring.withLock { $0 }.events(named: name)
    }

    /// Takes an event up if it is for this agent, and wakes whoever waits for one.
    ///
    /// - Parameters:
    ///   - event: the event, with the Lamport time at which it was sent.
    ///   - node: the name of this agent's node.
    ///   - services: what is registered on this agent.
    /// - Returns: whether it was for this agent.
    @discardableResult
    public func receive(
        _ event: UserEvent,
        node: String,
        services: [EventFilter.Service]
    ) -> Bool {
        guard event.name != UserEvent.remoteExecutionName,
            event.filter.chooses(node: node, services: services)
        else { return false }
        ring.withLock { $0.append(event) }
        watches.wake([.event])
        return true
    }
}
