// SPDX-License-Identifier: Apache-2.0

/// The newest events that an agent took up, oldest first.
public struct EventRing: Hashable, Sendable {
    /// How many are kept (Consul: eventBuf).
    public static let capacity = 256

    private var slots: [UserEvent] = []
    /// Where the oldest lies once the ring is full.
    private var start = 0

    /// Makes a ring without events.
    public init() {}

    /// Takes an event in; the oldest makes room.
    public mutating func append(_ event: UserEvent) {
        guard slots.count == Self.capacity else { return slots.append(event) }
        slots[start] = event
        start = (start + 1) % Self.capacity
    }

    /// The events of a name, or all if it is empty, oldest first.
    public func events(named name: String = "") -> [UserEvent] {
        let all = slots[start...] + slots[..<start]
        return name.isEmpty ? Array(all) : all.filter { $0.name == name }
    }

    /// The index that a list of events is read at: that of the newest; 1 without any (API-205).
    public static func index(of events: [UserEvent]) -> UInt64 {
        max(1, events.last?.index ?? 1)
    }
}
