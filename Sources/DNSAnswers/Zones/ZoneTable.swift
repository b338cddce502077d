// SPDX-License-Identifier: Apache-2.0
import Publication

/// Static zones as the fast line reads them: all names with their replies, in one piece of memory
/// that never changes and is published and replaced as a whole. Offsets in octets:
///
/// | 0 | 8 | 12 | 16 | 20 | 24 | 32 | 36 |
/// |---|---|---|---|---|---|---|---|
/// | label counts of apexes 8 | mask of zones 4 | mask of names 4 | place of the zones' slots 4 | of the names' 4 | seed 8 | names 4 | root zone 4 |
///
/// Places are counted in words of eight octets from the beginning. A slot is 32 bits of hash above
/// 32 bits of place; 0 is free. Slots are at most half full.
@safe
struct ZoneTable {
    static let headSize = 64

    private let base: UnsafeRawPointer

    @inline(__always)
    init(base: UnsafeRawPointer) { unsafe self.base = unsafe base }

    @inline(__always)
    private func load<Value: BitwiseCopyable>(_ offset: Int, _ type: Value.Type) -> Value {
        unsafe base.load(fromByteOffset: offset, as: Value.self)
    }

    /// Bit n is set where an apex has n labels.
    var apexDepths: UInt64 {
        @inline(__always) get { load(0, UInt64.self) }
    }

    /// What makes the hashes unpredictable.
    var seed: UInt64 {
        @inline(__always) get { load(24, UInt64.self) }
    }

    /// Whether there is a root zone, which is not in the table.
    var hasRootZone: Bool {
        @inline(__always) get { load(36, UInt32.self) != 0 }
    }

    /// The hash of a name from that of the name without its leftmost label, which begins at `start`.
    @inline(__always)
    static func hash(_ parent: UInt64, adding message: MessageOctets, at start: Int) -> UInt64 {
        let size = Int(message.octet(start)) &+ 1
        var hash = parent
        var offset = 0
        repeat {
            let word = FoldedWord.fold(message.word64(start &+ offset))
            hash = EntryKey.hash(
                hash,
                adding: FoldedWord.prefix(word, count: min(8, size &- offset))
            )
            offset &+= 8
        } while offset < size
        return hash
    }

    /// The zone whose apex is the tail of the message's name that begins at `start` and has `count`
    /// octets.
    @inline(__always)
    func zone(_ message: MessageOctets, from start: Int, count: Int, hash: UInt64) -> Place? {
        find(message, start, count, hash, mask: load(8, UInt32.self), slots: load(16, UInt32.self))
    }

    /// The name that is such a tail.
    @inline(__always)
    func name(_ message: MessageOctets, from start: Int, count: Int, hash: UInt64) -> Place? {
        find(message, start, count, hash, mask: load(12, UInt32.self), slots: load(20, UInt32.self))
    }

    /// Where the slot is in which a name with this hash stands, unless others were first.
    @inline(__always)
    func slotAddress(hash: UInt64) -> UnsafeRawPointer {
        let index = Int(truncatingIfNeeded: hash & UInt64(load(12, UInt32.self)))
        return unsafe base + (8 &* (Int(load(20, UInt32.self)) &+ index))
    }

    /// Where the name of that slot is: a guess, for prefetching only.
    @inline(__always)
    func likelyNameAddress(hash: UInt64) -> UnsafeRawPointer {
        let slot = unsafe slotAddress(hash: hash).load(as: UInt64.self)
        return unsafe base + 8 &* Int(UInt32(truncatingIfNeeded: slot))
    }

    @inline(__always)
    private func find(
        _ message: MessageOctets,
        _ start: Int,
        _ count: Int,
        _ hash: UInt64,
        mask: UInt32,
        slots: UInt32
    ) -> Place? {
        var index = UInt32(truncatingIfNeeded: hash) & mask
        while true {
            let slot = load(8 &* (Int(slots) &+ Int(index)), UInt64.self)
            if slot == 0 { return nil }
            if (slot ^ hash) &>> 32 == 0 {
                let place = Place(word: UInt32(truncatingIfNeeded: slot))
                if matches(place, message, start, count) { return place }
            }
            index = (index &+ 1) & mask
        }
    }

    /// Whether the key at a place is a tail of the message's name, without regard to case.
    @inline(__always)
    private func matches(
        _ place: Place,
        _ message: MessageOctets,
        _ start: Int,
        _ count: Int
    ) -> Bool {
        guard Int(load(place.offset, UInt8.self)) == count else { return false }
        var offset = 0
        while offset < count {
            let word = FoldedWord.prefix(
                FoldedWord.fold(message.word64(start &+ offset)),
                count: min(8, count &- offset)
            )
            if word != load(place.offset &+ Place.keyOffset &+ offset, UInt64.self) {
                return false
            }
            offset &+= 8
        }
        return true
    }

    /// Where something stands in a table.
    struct Place: Equatable {
        static let keyOffset = 16

        /// In words of eight octets.
        let word: UInt32

        var offset: Int {
            @inline(__always) get { 8 &* Int(word) }
        }
    }

    /// What stands at a place that ``zone(_:from:count:hash:)`` found.
    @inline(__always)
    func zone(at place: Place) -> PreparedZone { unsafe PreparedZone(base: base + place.offset) }

    /// What stands at a place that ``name(_:from:count:hash:)`` found, or that a name refers to.
    @inline(__always)
    func name(at place: Place) -> PreparedName { unsafe PreparedName(base: base + place.offset) }

    /// The reply that a choice refers to.
    @inline(__always)
    func reply(_ choice: ReplyChoice) -> PreparedReply {
        unsafe PreparedReply(base: base + 8 &* Int(choice.rawValue))
    }
}

/// Which reply a question gets: a place in the table, or one of few that are the zone's.
struct ReplyChoice: RawRepresentable, Equatable {
    let rawValue: UInt32

    /// None is prepared: the reference line answers.
    static let handOver = ReplyChoice(rawValue: 0)
    /// NOERROR with the zone's SOA.
    static let noData = ReplyChoice(rawValue: 1)
    /// NXDOMAIN with the zone's SOA.
    static let nameError = ReplyChoice(rawValue: 2)
}

/// A zone. Offsets in octets:
///
/// | 0 | 1 | 2 | 4 | 8 | 16 |
/// |---|---|---|---|---|---|
/// | key length 1 | labels 1 | flags 1 | reply for a name error 4 | for no data 4 | key |
@safe
struct PreparedZone {
    struct Flags: OptionSet {
        let rawValue: UInt8

        /// Its names are in the table; else the reference line answers for them.
        static let isPrepared = Flags(rawValue: 1 << 0)
        /// Its apex is a domain of the catalog, which has the SOA.
        static let isDomain = Flags(rawValue: 1 << 1)
    }

    private let base: UnsafeRawPointer

    @inline(__always)
    fileprivate init(base: UnsafeRawPointer) { unsafe self.base = unsafe base }

    /// The labels of the apex.
    var depth: Int {
        @inline(__always) get { unsafe Int(base.load(fromByteOffset: 1, as: UInt8.self)) }
    }

    var flags: Flags {
        @inline(__always) get {
            unsafe Flags(rawValue: base.load(fromByteOffset: 2, as: UInt8.self))
        }
    }

    /// The reply that says that there is no such name, or no such type.
    @inline(__always)
    func negative(_ choice: ReplyChoice) -> ReplyChoice {
        let offset = choice == .nameError ? 4 : 8
        return ReplyChoice(rawValue: unsafe base.load(fromByteOffset: offset, as: UInt32.self))
    }
}

/// A name of a zone. Offsets in octets:
///
/// | 0 | 1 | 2 | 4 | 8 | 16 | behind the key |
/// |---|---|---|---|---|---|---|
/// | key length 1 | flags 1 | types 2 | place of the wildcard below it 4 | reply for other types 4 | key | for each type: *wire* 2, 0 2, reply 4 |
@safe
struct PreparedName {
    /// It and all below it lead to a referral.
    static let isCut: UInt8 = 1

    private let base: UnsafeRawPointer

    @inline(__always)
    fileprivate init(base: UnsafeRawPointer) { unsafe self.base = unsafe base }

    var isCut: Bool {
        @inline(__always) get {
            unsafe base.load(fromByteOffset: 1, as: UInt8.self) & Self.isCut != 0
        }
    }

    /// The wildcard that covers what is missing below; `nil` where there is none.
    var wildcard: ZoneTable.Place? {
        @inline(__always) get {
            let word = unsafe base.load(fromByteOffset: 4, as: UInt32.self)
            return word == 0 ? nil : ZoneTable.Place(word: word)
        }
    }

    /// The reply to types that are not listed.
    var others: ReplyChoice {
        @inline(__always) get {
            ReplyChoice(rawValue: unsafe base.load(fromByteOffset: 8, as: UInt32.self))
        }
    }

    /// The reply to a type.
    @inline(__always)
    func reply(_ wireType: UInt16) -> ReplyChoice {
        let length = unsafe Int(base.load(as: UInt8.self))
        var offset = ZoneTable.Place.keyOffset &+ (length &+ 7) & ~7
        let end = unsafe offset &+ 8 &* Int(base.load(fromByteOffset: 2, as: UInt16.self))
        while offset < end {
            if unsafe base.load(fromByteOffset: offset, as: UInt16.self) == wireType {
                return ReplyChoice(
                    rawValue: unsafe base.load(fromByteOffset: offset &+ 4, as: UInt32.self)
                )
            }
            offset &+= 8
        }
        return others
    }
}

/// What follows the question of a reply, in steps. Offsets in octets:
///
/// | 0 | 4 | 6 | 8 | 10 | 11 | 12 | 16 |
/// |---|---|---|---|---|---|---|---|
/// | longest 4 | answers 2 | authorities 2 | additionals 2 | AA 1 | RCODE 1 | steps 2 | steps 8 each, then what they copy |
///
/// Most replies are one step: octets to be copied. Where a reply is given to many names (of a
/// wildcard, a zone cut, a name error), names that are not the question's own are compressed against
/// each question; they are a step each (``ReplyStep``).
@safe
struct PreparedReply {
    static let stepsOffset = 16

    private let base: UnsafeRawPointer

    @inline(__always)
    fileprivate init(base: UnsafeRawPointer) { unsafe self.base = unsafe base }

    @inline(__always)
    private func number(_ offset: Int) -> Int {
        unsafe Int(base.load(fromByteOffset: offset, as: UInt16.self))
    }

    /// The octets if no name could be compressed.
    var longest: Int {
        @inline(__always) get { unsafe Int(base.load(as: UInt32.self)) }
    }

    var answers: Int { number(4) }
    var authorities: Int { number(6) }
    var additionals: Int { number(8) }
    var stepCount: Int { number(12) }

    var isAuthoritative: Bool {
        @inline(__always) get { unsafe base.load(fromByteOffset: 10, as: UInt8.self) != 0 }
    }

    var code: ReplyHead.Code {
        @inline(__always) get {
            unsafe base.load(fromByteOffset: 11, as: UInt8.self) == 0 ? .noError : .nameError
        }
    }

    @inline(__always)
    func step(_ index: Int) -> ReplyStep {
        ReplyStep(
            word: unsafe base.load(
                fromByteOffset: Self.stepsOffset &+ 8 &* index,
                as: UInt64.self
            )
        )
    }

    /// Octets that a step copies.
    @inline(__always)
    func run(at offset: Int, count: Int) -> OctetRun {
        unsafe OctetRun(start: base + offset, count: count)
    }
}

/// A step of a prepared reply. Octets of its word:
///
/// | kind | 1 | 2 | 3 | 4, 5 | 6 | 7 |
/// |---|---|---|---|---|---|---|
/// | octets | – | count, low | count, high | where they are | – | – |
/// | tail | labels | – | – | – | – | – |
/// | name | labels | labels that an earlier name has | which name that is | where its label starts are, one octet each, and behind them the name | where those labels begin in the earlier name | ``Role`` |
struct ReplyStep {
    enum Kind {
        static let octets: UInt8 = 0
        /// A pointer to the last labels of the question's name.
        static let tail: UInt8 = 1
        static let name: UInt8 = 2
    }

    /// What a name is to its record.
    enum Role {
        /// The owner.
        static let owner: UInt8 = 0
        /// The first thing in RDATA: RDLENGTH, right before it, lacks the name's length.
        static let first: UInt8 = 1
        /// The same behind two octets of RDATA (MX).
        static let second: UInt8 = 2
        /// RDLENGTH of the name before lacks this one's length too (SOA).
        static let further: UInt8 = 3
        /// Written in full (SRV).
        static let full: UInt8 = 4
    }

    let word: UInt64

    @inline(__always)
    private func octet(_ index: UInt64) -> Int { Int(word &>> (8 &* index) & 0xff) }

    var kind: UInt8 {
        @inline(__always) get { UInt8(truncatingIfNeeded: word) }
    }
    var count: Int {
        @inline(__always) get { Int(word &>> 16 & 0xffff) }
    }
    var place: Int {
        @inline(__always) get { Int(word &>> 32 & 0xffff) }
    }
    var labels: Int {
        @inline(__always) get { octet(1) }
    }
    var sharedLabels: Int {
        @inline(__always) get { octet(2) }
    }
    var sharedName: Int {
        @inline(__always) get { octet(3) }
    }
    var sharedOffset: Int {
        @inline(__always) get { octet(6) }
    }
    var role: UInt8 {
        @inline(__always) get { UInt8(truncatingIfNeeded: word &>> 56) }
    }

    init(word: UInt64) { self.word = word }

    static func octets(count: Int, at place: Int) -> ReplyStep {
        ReplyStep(word: UInt64(count) << 16 | UInt64(place) << 32)
    }

    static func tail(labels: Int) -> ReplyStep {
        ReplyStep(word: UInt64(Kind.tail) | UInt64(labels) << 8)
    }

    static func name(
        labels: Int,
        shared: (labels: Int, name: Int, offset: Int),
        at place: Int,
        role: UInt8
    ) -> ReplyStep {
        let first =
            UInt64(Kind.name) | UInt64(labels) << 8 | UInt64(shared.labels) << 16
            | UInt64(shared.name) << 24
        return ReplyStep(
            word: first | UInt64(place) << 32 | UInt64(shared.offset) << 48 | UInt64(role) << 56
        )
    }
}
