// SPDX-License-Identifier: Apache-2.0
import Publication
import Synchronization

/// A recursor's answer that the fast line may repeat, as its owner hands it in.
public struct KeptAnswer: Hashable, Sendable {
    /// What it is found by.
    public struct Key: Hashable, Sendable {
        /// The name in wire form, folded (RFC 4343).
        public var name: [UInt8]
        /// The type asked for.
        public var type: UInt16
        /// DO of the query: other records for who sets it.
        public var dnssecOK: Bool
        /// CD of the query: other checks for who sets it.
        public var checkingDisabled: Bool

        /// Makes a key.
        public init(name: [UInt8], type: UInt16, dnssecOK: Bool, checkingDisabled: Bool) {
            self.name = name
            self.type = type
            self.dnssecOK = dnssecOK
            self.checkingDisabled = checkingDisabled
        }

        /// Whether it fits: a key of the table has 255 octets at most.
        public var isFitting: Bool { name.count <= 252 }

        var octets: [UInt8] {
            let flags = KeptEntry.keyFlags(isDO: dnssecOK, isCD: checkingDisabled)
            return name + [UInt8(type >> 8), UInt8(type & 0xff), flags]
        }
    }

    /// What it is found by.
    public var key: Key
    /// The records behind the question, OPT left out.
    public var octets: [UInt8]
    /// Where the TTLs stand in ``octets``.
    public var ttlOffsets: [UInt16]
    /// How many of the records are answers.
    public var answers: UInt16
    /// How many of the records are authorities.
    public var authorities: UInt16
    /// RCODE, 0…15.
    public var code: UInt8
    /// AD, for those who understand it (RFC 6840 §5.7).
    public var isAuthentic: Bool
    /// When it was learnt, in milliseconds of the clock that ``KeptAnswerResponder`` is told.
    public var since: UInt64
    /// From when on the fast line may not give it out, by the same clock.
    public var until: UInt64
    /// The largest reply over UDP, whatever a client offers.
    public var maximumUDPSize: Int

    /// Makes an answer.
    public init(
        key: Key,
        octets: [UInt8],
        ttlOffsets: [UInt16],
        answers: UInt16,
        authorities: UInt16,
        code: UInt8,
        isAuthentic: Bool,
        since: UInt64,
        until: UInt64,
        maximumUDPSize: Int
    ) {
        self.key = key
        self.octets = octets
        self.ttlOffsets = ttlOffsets
        self.answers = answers
        self.authorities = authorities
        self.code = code
        self.isAuthentic = isAuthentic
        self.since = since
        self.until = until
        self.maximumUDPSize = maximumUDPSize
    }
}

/// A kept answer as the fast line sees it.
///
/// Own fields of the ``Entry``: since 8, until 8. Behind the key, offsets in octets:
///
/// | 0 | 4 | 8 | 10 | 12 | 13 | 14 | 16 | 20 | 24 |
/// |---|---|---|---|---|---|---|---|---|---|
/// | uses 4 | largest UDP 4 | answers *wire* 2 | authorities *wire* 2 | code 1 | AD 1 | TTLs 2 | octets 4 | their place 4 | offsets of TTLs 2 each |
@safe
struct KeptEntry {
    static let kind: UInt8 = 1
    private static let offsetsPlace = 24

    private let base: UnsafeRawPointer
    private let body: UnsafeRawPointer

    @inline(__always)
    init(_ entry: Entry) {
        unsafe base = unsafe entry.base
        unsafe body = unsafe entry.base + entry.endOfKey
    }

    /// Which of DO and CD are set, as an octet of a key.
    @inline(__always)
    static func keyFlags(isDO: Bool, isCD: Bool) -> UInt8 { (isDO ? 1 : 0) | (isCD ? 2 : 0) }

    /// Builds an entry in memory of its own.
    static func make(_ answer: KeptAnswer, key: EntryKey, seed: UInt64) -> Entry {
        var octets = EntryOctets()
        let place = (offsetsPlace + 2 * answer.ttlOffsets.count + 7) & ~7
        octets.append(UInt32(0))
        octets.append(UInt32(clamping: answer.maximumUDPSize))
        octets.append(answer.answers.byteSwapped)
        octets.append(answer.authorities.byteSwapped)
        octets.append(answer.code)
        octets.append(UInt8(answer.isAuthentic ? 0x20 : 0))
        octets.append(UInt16(answer.ttlOffsets.count))
        octets.append(UInt32(answer.octets.count))
        octets.append(UInt32(place))
        for offset in answer.ttlOffsets { octets.append(offset) }
        octets.pad(to: 8)
        octets.append(answer.octets)
        let head = Entry.headSize(keyLength: key.length)
        let memory = unsafe Entry.make(
            size: head + octets.count + OctetRun.slack,
            kind: kind,
            flags: 0,
            key: key,
            seed: seed
        )
        unsafe memory.storeBytes(of: answer.since, toByteOffset: 16, as: UInt64.self)
        unsafe memory.storeBytes(of: answer.until, toByteOffset: 24, as: UInt64.self)
        unsafe octets.octets.withUnsafeBytes { bytes in
            unsafe UnsafeMutableRawBufferPointer(start: memory + head, count: bytes.count)
                .copyMemory(from: bytes)
        }
        return unsafe Entry(base: UnsafeRawPointer(memory))
    }

    var since: UInt64 {
        @inline(__always) get { unsafe base.load(fromByteOffset: 16, as: UInt64.self) }
    }
    var until: UInt64 {
        @inline(__always) get { unsafe base.load(fromByteOffset: 24, as: UInt64.self) }
    }
    var maximumUDPSize: Int {
        @inline(__always) get { unsafe Int(body.load(fromByteOffset: 4, as: UInt32.self)) }
    }
    /// Both counts as they go out, answers first.
    var wireCounts: UInt32 {
        @inline(__always) get { unsafe body.load(fromByteOffset: 8, as: UInt32.self) }
    }
    var code: UInt8 {
        @inline(__always) get { unsafe body.load(fromByteOffset: 12, as: UInt8.self) }
    }
    var authenticBit: UInt8 {
        @inline(__always) get { unsafe body.load(fromByteOffset: 13, as: UInt8.self) }
    }
    var ttlCount: Int {
        @inline(__always) get { unsafe Int(body.load(fromByteOffset: 14, as: UInt16.self)) }
    }
    var octets: OctetRun {
        @inline(__always) get {
            unsafe OctetRun(
                start: body + Int(body.load(fromByteOffset: 20, as: UInt32.self)),
                count: Int(body.load(fromByteOffset: 16, as: UInt32.self))
            )
        }
    }

    @inline(__always)
    func ttlOffset(_ index: Int) -> Int {
        unsafe Int(
            body.load(fromByteOffset: Self.offsetsPlace &+ 2 &* index, as: UInt16.self)
        )
    }

    /// Counts a use; how many there were before.
    ///
    /// Several readers may count at once and lose one another's: nothing but a sample is made of it.
    @inline(__always)
    func countUse() -> UInt32 {
        // The only word of an entry that changes.
        let uses = unsafe body.assumingMemoryBound(to: Atomic<UInt32>.self)
        let before = unsafe uses.pointee.load(ordering: .relaxed)
        unsafe uses.pointee.store(before &+ 1, ordering: .relaxed)
        return before
    }
}
