// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Publication

/// What the settings say about every answer, ready for use by the fast line. Offsets in octets:
///
/// | 0 | 4 | 8 | 12 | 16 | 20 | 24 | 88 | 96 | 192 |
/// |---|---|---|---|---|---|---|---|---|---|
/// | flags 4 | plain limit 4 | A limit 4 | UDP size 4 | datacenter length 4 | address suffix length 4 | datacenter label 64 | address of the static zones 8 | address suffix 96 | domains |
@safe
struct ViewConfiguration {
    struct Flags: OptionSet {
        let rawValue: UInt32

        /// Everything is for the reference line.
        static let isSlow = Flags(rawValue: 1 << 0)
        /// RA is set.
        static let hasRecursors = Flags(rawValue: 1 << 1)
        /// TC is set when answers were cut.
        static let setsTruncated = Flags(rawValue: 1 << 2)
        /// There is an alternate domain.
        static let hasAlternate = Flags(rawValue: 1 << 3)
        /// Node metadata goes into the additional section.
        static let addsTexts = Flags(rawValue: 1 << 4)
        /// Names that the catalog does not know may stand in a static zone.
        static let asksZones = Flags(rawValue: 1 << 6)
        /// Static zones lie below a domain.
        static let hasInnerZones = Flags(rawValue: 1 << 8)
        /// Replies to queries with EDNS say why they are as they are.
        static let explains = Flags(rawValue: 1 << 7)
        /// Where Consul departs from the RFCs they are followed.
        static let isStrict = Flags(rawValue: 1 << 5)
    }

    private let base: UnsafeRawPointer

    /// The configuration as of now.
    @inline(__always)
    init(root: UnsafePointer<ViewRoot>) {
        unsafe base = root.pointee.configuration.unsafelyUnwrapped
    }

    @inline(__always)
    private func number(_ offset: Int) -> Int {
        unsafe Int(base.load(fromByteOffset: offset, as: UInt32.self))
    }

    var flags: Flags {
        @inline(__always) get { unsafe Flags(rawValue: base.load(as: UInt32.self)) }
    }

    /// How many answers a UDP reply to a query without EDNS has at most.
    var plainLimit: Int {
        @inline(__always) get { number(4) }
    }

    /// `a_record_limit`; very large when there is none.
    var addressLimit: Int {
        @inline(__always) get { number(8) }
    }

    /// The largest UDP reply.
    var maximumSize: Int {
        @inline(__always) get { number(12) }
    }

    /// The datacenter as a folded label: `\3dc1`.
    var datacenter: EntryKey {
        @inline(__always) get { unsafe EntryKey(words: base + 24, length: number(16)) }
    }

    /// `\4addr\3dc1`.
    var addressSuffix: OctetRun {
        @inline(__always) get { unsafe OctetRun(start: base + 96, count: number(20)) }
    }

    /// The static zones; `nil` without any.
    var zones: ZoneTable? {
        @inline(__always) get {
            let address = unsafe base.load(fromByteOffset: Self.zonesOffset, as: UInt.self)
            return unsafe UnsafeRawPointer(bitPattern: address)
                .map { unsafe ZoneTable(base: $0) }
        }
    }

    /// The primary domain.
    var primary: ViewDomain {
        @inline(__always) get { unsafe ViewDomain(base: base + Self.domainsOffset) }
    }

    /// The alternate domain, if ``Flags/hasAlternate`` says so.
    var alternate: ViewDomain {
        @inline(__always) get {
            unsafe ViewDomain(base: base + (Self.domainsOffset &+ ViewDomain.size))
        }
    }

    private static let zonesOffset = 88
    private static let domainsOffset = 192
    private static let size = domainsOffset + 2 * ViewDomain.size
}

/// A domain as the fast line compares it: its name in words from the right, so that the last
/// octets of a question can be compared with it whatever its length. Offsets in octets:
///
/// | 0 | 2 | 4 | 8 | 16 | 272 |
/// |---|---|---|---|---|---|
/// | length 2 | labels 2 | words 2 | mask of the first word 8 | words | negative SOA |
@safe
struct ViewDomain {
    static let size = 336

    fileprivate let base: UnsafeRawPointer

    @inline(__always)
    fileprivate init(base: UnsafeRawPointer) { unsafe self.base = unsafe base }

    /// The octets of the name with the root.
    var length: Int {
        @inline(__always) get { unsafe Int(base.load(as: UInt16.self)) }
    }

    var labelCount: Int {
        @inline(__always) get { unsafe Int(base.load(fromByteOffset: 2, as: UInt16.self)) }
    }

    private var wordCount: Int {
        @inline(__always) get { unsafe Int(base.load(fromByteOffset: 4, as: UInt16.self)) }
    }

    /// The negative SOA with pointers that still lack the place of the domain.
    var negativeSOA: OctetRun {
        @inline(__always) get { unsafe OctetRun(start: base + 272, count: NegativeSOA.size) }
    }

    /// Whether the octets that end at `end` are this name, without regard to case.
    ///
    /// There are at least ``length`` octets behind the header.
    @inline(never)
    func matches(_ message: MessageOctets, endingAt end: Int) -> Bool {
        compare(message, endingAt: end) { FoldedWord.fold($0) }
    }

    /// The same with regard to case: most questions are in lower case, and this is cheaper.
    @inline(__always)
    func isSpelled(_ message: MessageOctets, endingAt end: Int) -> Bool {
        compare(message, endingAt: end) { $0 }
    }

    @inline(__always)
    private func compare(
        _ message: MessageOctets,
        endingAt end: Int,
        _ form: (UInt64) -> UInt64
    ) -> Bool {
        var offset = end &- 8 &* wordCount
        let mask = unsafe base.load(fromByteOffset: 8, as: UInt64.self)
        let first = unsafe base.load(fromByteOffset: 16, as: UInt64.self)
        if (form(message.word64(offset)) ^ first) & mask != 0 { return false }
        var word = 24
        offset &+= 8
        while offset < end {
            let expected = unsafe base.load(fromByteOffset: word, as: UInt64.self)
            if form(message.word64(offset)) != expected { return false }
            word &+= 8
            offset &+= 8
        }
        return true
    }
}

extension ViewConfiguration {
    /// Writes the configuration of settings and the address of the static zones.
    static func make(
        _ settings: DNSSettings,
        _ neighbours: ZoneNeighbours,
        zones: UnsafeMutableRawPointer?
    ) -> (memory: UnsafeMutableRawPointer, size: Int) {
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        let domain = settings.domain.folded.name
        let alternate = settings.alternateDomain?.folded.name
        let datacenter = PlainName.label(of: settings.datacenter)
        var flags: Flags = []
        if settings.hasRecursors { flags.insert(.hasRecursors) }
        if settings.setsTruncated { flags.insert(.setsTruncated) }
        if settings.isStrict { flags.insert(.isStrict) }
        if settings.explainsErrors { flags.insert(.explains) }
        if neighbours.contains(.beside) { flags.insert(.asksZones) }
        if neighbours.contains(.below) { flags.insert(.hasInnerZones) }
        if settings.additionalNodeMetaTXT { flags.insert(.addsTexts) }
        if alternate != nil { flags.insert(.hasAlternate) }
        if neighbours.contains(.below) && (unsafe zones == nil) || settings.disableCompression
            || Self.isOdd(settings, domain, alternate) || datacenter == nil
        {
            flags.insert(.isSlow)
        }
        func store(_ value: Int, _ offset: Int) {
            unsafe memory.storeBytes(
                of: UInt32(clamping: value),
                toByteOffset: offset,
                as: UInt32.self
            )
        }
        unsafe memory.storeBytes(of: flags.rawValue, as: UInt32.self)
        unsafe memory.storeBytes(
            of: UInt(bitPattern: zones),
            toByteOffset: zonesOffset,
            as: UInt.self
        )
        store(settings.plainAnswerLimit, 4)
        store(settings.aRecordLimit > 0 ? settings.aRecordLimit : Int(UInt32.max), 8)
        store(max(settings.udpMaximumSize, 512), 12)
        let label = datacenter ?? []
        let suffix = [4] + Array("addr".utf8) + label
        store(label.count, 16)
        store(suffix.count, 20)
        for (index, octet) in label.enumerated() {
            unsafe memory.storeBytes(of: octet, toByteOffset: 24 + index, as: UInt8.self)
        }
        for (index, octet) in suffix.enumerated() {
            unsafe memory.storeBytes(of: octet, toByteOffset: 96 + index, as: UInt8.self)
        }
        unsafe ViewDomain.write(domain, settings, to: memory + domainsOffset)
        if let alternate {
            unsafe ViewDomain.write(
                alternate,
                settings,
                to: memory + domainsOffset + ViewDomain.size
            )
        }
        return unsafe (memory, size)
    }

    /// Whether names of these domains would need care that the fast line does not take.
    private static func isOdd(
        _ settings: DNSSettings,
        _ domain: DomainName,
        _ alternate: DomainName?
    ) -> Bool {
        if domain.labelCount == 0 || alternate?.labelCount == 0 { return true }
        // `ns.<domain>` and `hostmaster.<domain>` of the SOA would stand in the question already.
        if ["ns", "hostmaster"].contains(settings.datacenter) { return true }
        // The configuration has its domains in lower case; nobody needs others to be fast.
        if settings.domain != domain || settings.alternateDomain != alternate { return true }
        guard let alternate else { return false }
        return domain.isSubdomain(of: alternate) || alternate.isSubdomain(of: domain)
    }
}

extension ViewDomain {
    fileprivate static func write(
        _ name: DomainName,
        _ settings: DNSSettings,
        to memory: UnsafeMutableRawPointer
    ) {
        let wire = name.wire
        let words = (wire.count + 7) / 8
        let missing = 8 * words - wire.count
        unsafe memory.storeBytes(of: UInt16(wire.count), as: UInt16.self)
        unsafe memory.storeBytes(of: UInt16(name.labelCount), toByteOffset: 2, as: UInt16.self)
        unsafe memory.storeBytes(of: UInt16(words), toByteOffset: 4, as: UInt16.self)
        unsafe memory.storeBytes(
            of: ~0 << UInt64(8 * missing),
            toByteOffset: 8,
            as: UInt64.self
        )
        for (index, octet) in wire.enumerated() {
            unsafe memory.storeBytes(
                of: octet,
                toByteOffset: 16 + missing + index,
                as: UInt8.self
            )
        }
        for (index, octet) in NegativeSOA.template(settings).enumerated() {
            unsafe memory.storeBytes(of: octet, toByteOffset: 272 + index, as: UInt8.self)
        }
    }
}
