// SPDX-License-Identifier: Apache-2.0
import Publication

// The third pass: find, choose, encode on top of the question, patch the header. Whatever makes a
// reply too odd or too large is decided before the first store.
extension Responder {
    /// Third pass: answers in place, over the query.
    ///
    /// - Parameters:
    ///   - datagram: as it was routed.
    ///   - slot: its place in the batch.
    ///   - capacity: octets that a reply may have; ``slack`` more behind them may be overwritten.
    ///   - transport: how the reply travels.
    /// - Returns: the length of the reply, or 0 to hand the query over: nothing was changed then.
    public mutating func answer(
        _ datagram: UnsafeMutableRawPointer,
        slot: Int,
        capacity: Int,
        transport: ClientContext.Transport
    ) -> Int {
        let message = unsafe MessageOctets(datagram)
        let route = scratch.route(slot)
        let room = ReplyRoom(capacity: capacity, isStream: transport == .tcp)
        switch route.kind {
        case .service:
            return answerService(message, route, key: scratch.key(slot), room)
        case .node:
            return answerNode(message, route, key: scratch.key(slot), room)
        case .nothing:
            return answerNegative(message, route, .nameError, room)
        }
    }

    /// NXDOMAIN, or NOERROR without records: the SOA in the authority section (RFC 2308 §2).
    @inline(never)
    mutating func answerNegative(
        _ message: MessageOctets,
        _ route: Route,
        _ code: ReplyHead.Code,
        _ room: ReplyRoom
    ) -> Int {
        if code == .nameError, configuration.flags.contains(.asksZones) { return 0 }
        var end = route.nameEnd &+ 4
        // The owner's name may have to be written in full.
        guard end &+ NegativeSOA.size &+ 255 &+ ReplyHead.optSize <= room.capacity else {
            return 0
        }
        end = appendNegativeSOA(message, route, at: end)
        var head = ReplyHead(code: code)
        head.authorities = 1
        return finish(message, route, &head, end: end)
    }

    /// Appends OPT if the query had one, and writes the header.
    @inline(__always)
    mutating func finish(
        _ message: MessageOctets,
        _ route: Route,
        _ head: inout ReplyHead,
        end: Int
    ) -> Int {
        var end = end
        if route.flags.contains(.hasEDNS) {
            // Our own size, 1232; version 0; DO as in the query, no options.
            message.store(0x00d0_0429_0000 as UInt64, at: end)
            message.store(route.flags.contains(.isDO) ? 0x80 : 0 as UInt32, at: end &+ 7)
            end &+= ReplyHead.optSize
            head.additionals &+= 1
        }
        head.write(
            to: message,
            isTruncated: head.isCut && configuration.flags.contains(.setsTruncated),
            hasRecursors: configuration.flags.contains(.hasRecursors)
        )
        return end
    }
}

/// Counts and code of a reply.
struct ReplyHead {
    enum Code: UInt16 {
        case noError = 0
        case nameError = 3
    }

    /// The octets of an OPT record without options.
    static let optSize = 11

    var code: Code
    var answers = 0
    var authorities = 0
    var additionals = 0
    /// Whether answers were cut.
    var isCut = false

    init(code: Code) { self.code = code }

    /// Writes flags and counts over those of the query (spec/dns.md 2.1).
    @inline(__always)
    func write(to message: MessageOctets, isTruncated: Bool, hasRecursors: Bool) {
        // QR and AA are set, RD and CD are the query's; opcode, AD and Z are 0.
        var flags = message.word16(2) & 0x1001 | 0x0084 | code.rawValue &<< 8
        if isTruncated { flags |= 0x0002 }
        if hasRecursors { flags |= 0x8000 }
        message.store(flags, at: 2)
        let counts =
            0x0100
            | UInt64(UInt16(truncatingIfNeeded: answers).byteSwapped) &<< 16
            | UInt64(UInt16(truncatingIfNeeded: authorities).byteSwapped) &<< 32
            | UInt64(UInt16(truncatingIfNeeded: additionals).byteSwapped) &<< 48
        message.store(counts, at: 4)
    }
}

/// Where a reply goes.
struct ReplyRoom {
    /// What may be written.
    let capacity: Int
    let isStream: Bool
}

/// How large a reply may be (spec/dns.md 3.3, 3.4, 3.6).
struct ReplyBudget {
    /// What may be written.
    let capacity: Int
    /// The size of a reply: 512, or what EDNS offers beyond up to the cap; 65,523 over TCP.
    let size: Int
    /// From where on a reply is cut.
    let limit: Int
    /// How many answers are kept where the size is 512; very many elsewhere.
    let plainLimit: Int
    let isStream: Bool

    @inline(__always)
    init(_ route: Route, _ configuration: ViewConfiguration, _ room: ReplyRoom) {
        capacity = room.capacity
        isStream = room.isStream
        if isStream {
            size = 65523
            limit = 65523
            plainLimit = .max
            return
        }
        let offered = Int(route.wireSize.byteSwapped)
        size = offered <= 512 ? 512 : min(offered, configuration.maximumSize)
        // Consul takes the eight octets of a UDP header off.
        limit = size &- 8
        plainLimit = size == 512 ? configuration.plainLimit : .max
    }
}
