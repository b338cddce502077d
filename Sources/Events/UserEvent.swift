// SPDX-License-Identifier: Apache-2.0
internal import MessagePack

/// A user event: a name and a few octets for all agents, or for those that its filters choose
/// (spec http-api.md 4.8, 5.13).
///
/// Events are no state: they are not in the log, and each agent keeps only the newest
/// (``EventRing``).
public struct UserEvent: Hashable, Sendable {
    /// A UUID.
    public var id: String
    /// What happened; whoever listens chooses by it.
    public var name: String
    /// What else is to be told.
    public var payload: [UInt8]
    /// Which agents take it up.
    public var filter: EventFilter
    /// The version of this form; above 1 others may know more than this agent.
    public var version: Int
    /// The Lamport time at which it was sent; 0 before it was.
    public var lamportTime: UInt64

    /// The version that is sent.
    public static let currentVersion = 1
    /// Consul keeps this name for `exec`; nobody but that hears of such an event.
    public static let remoteExecutionName = "_rexec"
    /// Serf: UserEventSizeLimit, in octets, for name and payload together.
    public static let maximumSize = 512

    /// Makes an event.
    public init(
        id: String,
        name: String,
        payload: [UInt8] = [],
        filter: EventFilter = EventFilter(),
        version: Int = currentVersion,
        lamportTime: UInt64 = 0
    ) {
        self.id = id
        self.name = name
        self.payload = payload
        self.filter = filter
        self.version = version
        self.lamportTime = lamportTime
    }

    /// The name under which Serf carries it.
    public var serfName: String { "consul:event:" + name }

    /// What Serf carries: a map in MessagePack with its keys in order, without what is empty (spec
    /// gossip.md 17.5).
    public var serfPayload: [UInt8] {
        var writer = MessagePackWriter()
        writer.writeMap { writer in
            var count = 3
            func write(_ key: String, _ text: String) {
                guard !text.isEmpty else { return }
                count += 1
                writer.write(key)
                writer.write(text)
            }
            writer.write("ID")
            writer.write(id)
            writer.write("n")
            writer.write(name)
            write("nf", filter.node)
            if !payload.isEmpty {
                count += 1
                writer.write("p")
                writer.write(payload)
            }
            write("sf", filter.service)
            write("tf", filter.tag)
            writer.write("v")
            writer.write(version)
            return count
        }
        return writer.octets
    }

    /// Why it cannot be sent, in Consul's words; `nil` when it can.
    public var problem: String? {
        if let problem = filter.problem { return problem }
        guard serfName.utf8.count + serfPayload.count <= Self.maximumSize else {
            return "user event exceeds configured limit of \(Self.maximumSize) bytes "
                + "before encoding"
        }
        return nil
    }

    /// The index that a reader sees whose newest event this is: the halves of the UUID, one XOR
    /// the other (API-205); 0 for an ID that is no UUID.
    public var index: UInt64 {
        let digits = id.utf8.filter { $0 != UInt8(ascii: "-") }
        guard digits.count == 32 else { return 0 }
        var halves: (UInt64, UInt64) = (0, 0)
        for (place, digit) in digits.enumerated() {
            guard let value = Self.value(ofDigit: digit) else { return 0 }
            if place < 16 {
                halves.0 = halves.0 << 4 | value
            } else {
                halves.1 = halves.1 << 4 | value
            }
        }
        return halves.0 ^ halves.1
    }

    private static func value(ofDigit digit: UInt8) -> UInt64? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(digit - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(digit - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}
