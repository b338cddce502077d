// SPDX-License-Identifier: Apache-2.0
import DNSAnswers

/// What is told of one query, besides its name: of a fixed size, so that it fits a ring.
struct TapRecord: BitwiseCopyable {
    /// The longest name on the wire (RFC 1035 §2.3.4).
    static let maximumName = 255

    /// When the reply was made, in nanoseconds since 1970.
    var time: UInt64 = 0
    /// How long it took, in nanoseconds; 0 when that was not measured.
    var nanoseconds: UInt64 = 0
    var clientHigh: UInt64 = 0
    var clientLow: UInt64 = 0
    /// How many queries the sample stands for.
    var weight: UInt32 = 1
    var port: UInt16 = 0
    var type: UInt16 = 0
    var questionClass: UInt16 = 0
    /// The flags of the reply, QR first (RFC 1035 §4.1.1).
    var flags: UInt16 = 0
    var answers: UInt16 = 0
    var authorities: UInt16 = 0
    var additionals: UInt16 = 0
    var querySize: UInt16 = 0
    var replySize: UInt16 = 0
    /// A ``QuerySource``.
    var source: UInt8 = 0
    var isStream = false
    /// ``QuerySampler/Purposes``.
    var purposes: UInt8 = 0
    /// Octets of the name, its root included; 0 when there is none.
    var nameLength: UInt8 = 0

    /// Reads header and question of a reply; its name begins behind the header.
    init(reply: UnsafeRawBufferPointer) {
        replySize = UInt16(clamping: reply.count)
        guard reply.count >= 12 else { return }
        func word(_ at: Int) -> UInt16 {
            unsafe UInt16(reply[at]) << 8 | UInt16(reply[at + 1])
        }
        flags = word(2)
        answers = word(6)
        authorities = word(8)
        additionals = word(10)
        guard word(4) == 1, let end = unsafe Self.nameEnd(reply) else { return }
        nameLength = UInt8(truncatingIfNeeded: end - 12)
        type = word(end)
        questionClass = word(end + 2)
    }

    /// Where the name of the question ends, type and class behind it; `nil` for what is no plain
    /// name.
    static func nameEnd(_ message: UnsafeRawBufferPointer) -> Int? {
        let last = min(message.count - 5, 12 + maximumName - 1)
        var at = 12
        while at <= last {
            let octet = unsafe Int(message[at])
            if octet == 0 { return at + 1 }
            guard octet <= 63 else { return nil }
            at += octet + 1
        }
        return nil
    }

    /// The type of a message's question; 0 when it has none that can be read.
    static func questionType(_ message: UnsafeRawBufferPointer) -> UInt16 {
        guard message.count >= 17, unsafe message[4] == 0, unsafe message[5] == 1,
            let end = unsafe nameEnd(message)
        else { return 0 }
        return unsafe UInt16(message[end]) << 8 | UInt16(message[end + 1])
    }

    /// Notes who asked.
    mutating func note(_ client: ClientAddress, port: UInt16) {
        clientHigh = client.high
        clientLow = client.low
        self.port = port
    }
}
