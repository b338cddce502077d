// SPDX-License-Identifier: Apache-2.0
import CSockets
public import Publication

/// The fast line: answers queries in place, in three passes over a batch, so that the memory
/// waits of its queries overlap.
///
/// A thread owns one. Between ``ViewReader/enter()`` and ``ViewReader/leave()`` it calls
/// ``beginBatch(now:)``, then ``route(_:length:slot:)`` for each datagram, ``locate(_:)`` for
/// each that was `.fast`, and ``answer(_:slot:capacity:transport:)`` for each of those. TCP is a
/// batch of one. No pass allocates, locks, waits or counts references.
///
/// What is odd is handed over to the ``ReferenceResponder``, whole and unchanged, by `.slow` or
/// by an answer of length 0. Whatever is answered here is answered octet for octet as there.
///
/// Its methods all mutate, whether they change anything or not: a struct of this size that is
/// only borrowed would be copied to the stack for each call.
///
/// The buffer of every datagram must have ``slack`` octets more than the longest query and than
/// the `capacity` for its reply: words are read and written past the end.
@safe
public struct Responder: ~Copyable {
    /// What is to become of a datagram.
    public enum RouteKind: Sendable {
        /// Locate and answer it.
        case fast
        /// Hand it over.
        case slow
        /// Say nothing.
        case silent
    }

    /// Octets behind a query that may be read and behind a reply that may be overwritten.
    ///
    /// They may hold anything.
    public static let slack = 64

    /// Services of up to that many instances are answered from the start.
    private static let usualWidth = 1 << 14

    let root: UnsafePointer<ViewRoot>
    let scratch: ResponderScratch
    var permutation = Permutation(capacity: Responder.usualWidth)
    /// The numbers of instances with the tag that is asked for; as many as a choice may be wide.
    var matches = ScratchNumbers(capacity: Responder.usualWidth)
    var generator: Generator
    let seed: UInt64
    /// Widest service that was handed over for want of a wider permutation.
    var wantedWidth = 0

    // As of the batch's beginning; valid until the reader leaves.
    var table: EntryTable
    var pages: EntryPages
    var configuration: ViewConfiguration
    var now: UInt32 = 0

    /// A responder over a view that has been published at least once.
    ///
    /// - Parameters:
    ///   - root: the root of the view; it must outlive the responder.
    ///   - seed: of the order of answers.
    ///   - batch: how many datagrams there are in a batch at most.
    public init(root: UnsafePointer<ViewRoot>, seed: UInt64, batch: Int) {
        unsafe self.root = unsafe root
        scratch = ResponderScratch(slots: batch)
        generator = Generator(seed: seed)
        self.seed = unsafe root.pointee.seed
        table = unsafe root.pointee.table
        pages = unsafe root.pointee.pages
        configuration = unsafe ViewConfiguration(root: root)
    }

    deinit {
        scratch.free()
        matches.free()
    }

    /// Begins a batch: looks where the view is now.
    ///
    /// Call it after `enter()`.
    ///
    /// - Parameter now: the time in seconds since 1970, for serials.
    public mutating func beginBatch(now: UInt32) {
        if wantedWidth > permutation.capacity { widen() }
        table = unsafe root.pointee.table
        configuration = unsafe ViewConfiguration(root: root)
        self.now = now
    }

    /// Begins the random numbers anew: for those who compare this line with the other one.
    public mutating func reseed(_ seed: UInt64) { generator = Generator(seed: seed) }

    /// Makes room for a service that was too wide; it is answered here from now on.
    private mutating func widen() {
        permutation.grow(to: wantedWidth)
        matches.free()
        matches = ScratchNumbers(capacity: wantedWidth)
    }

    /// Second pass: the slot has arrived; asks for the entry.
    @inline(__always)
    public mutating func locate(_ slot: Int) {
        let route = scratch.route(slot)
        if route.kind == .zone {
            locateZone(route)
            return
        }
        let hash = route.hash
        guard let entry = unsafe table.likelyEntryAddress(hash: hash) else { return }
        unsafe csockets_prefetch(entry)
        unsafe csockets_prefetch(entry + 64)
        unsafe csockets_prefetch(entry + 128)
    }
}

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
        case .zone:
            return answerZone(message, route, room)
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
        if code == .nameError, configuration.flags.contains(.asksZones),
            let length = answerBesideCatalog(message, route, room)
        {
            return length
        }
        // What lies above a zone inside the domain exists (RFC 8020 §2).
        if code == .nameError, configuration.flags.contains(.hasInnerZones),
            isAboveZone(message, route)
        {
            return 0
        }
        var end = route.nameEnd &+ 4
        guard end &+ NegativeSOA.size &+ ReplyHead.optSize <= room.capacity else { return 0 }
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
