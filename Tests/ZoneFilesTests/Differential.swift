// SPDX-License-Identifier: Apache-2.0

import DNSWire

/// DNSWire and libldns on the same octets: what they may say differently, and why.
enum Differential {
    /// Where the two may differ, with the reason; every other difference fails.
    enum Divergence: String, CaseIterable {
        // We refuse, libldns accepts.
        case trailingOctets = "octets behind the last record: libldns ignores them"
        case forwardPointer =
            "a compression pointer that does not point backwards: libldns follows it"
        case malformedRecordData =
            "data that do not fill RDLENGTH: libldns goes on inside them or without them"
        case malformedOption =
            "an EDNS option that does not fit, or a malformed client subnet: libldns keeps octets"
        case misplacedOPT =
            "OPT twice, outside the additional section or below the root: libldns takes the last"
        // libldns refuses, we accept.
        case pointerToHeader = "a pointer to offset 0: libldns refuses it, as a value"
        case opaqueData = "data of types that we keep as octets (RFC 3597): libldns looks into them"
    }

    struct Tally {
        var agreements = 0
        var refusals = 0
        var divergences: [Divergence: Int] = [:]
    }

    /// Compares both readings of one message; gives what differs beyond the list.
    static func compare(_ octets: [UInt8], _ tally: inout Tally) -> String? {
        let theirs = LibLDNSOracle.decode(octets)
        let ours: Message
        do throws(MessageDecodingError) {
            ours = try Message(decoding: octets)
        } catch {
            guard theirs != nil else {
                tally.refusals += 1
                return nil
            }
            guard let divergence = divergence(of: error, in: octets) else {
                return "we refuse (\(error.kind) at \(error.offset)), libldns accepts"
            }
            tally.divergences[divergence, default: 0] += 1
            return nil
        }
        guard let theirs else {
            guard let divergence = divergence(of: ours, octets) else {
                return "we accept, libldns refuses"
            }
            tally.divergences[divergence, default: 0] += 1
            return nil
        }
        tally.agreements += 1
        if let difference = difference(theirs, ours) {
            // Data that only libldns looks into may shift what it reads behind them.
            let opaque = masked(ours)
            guard opaque != ours,
                let plain = try? opaque.encoded(compress: false, maximumSize: .max),
                let reread = LibLDNSOracle.decode(plain)
            else { return difference }
            tally.divergences[.opaqueData, default: 0] += 1
            return Self.difference(reread, opaque)
        }
        return header(ours, theirs)
    }

    /// Why we may refuse what libldns accepts.
    private static func divergence(
        of error: MessageDecodingError,
        in octets: [UInt8]
    ) -> Divergence? {
        switch error.kind {
        case .trailingOctets: return .trailingOctets
        case .forwardPointer, .tooManyPointers: return .forwardPointer
        case .malformedRecordData: return .malformedRecordData
        case .malformedOption: return .malformedOption
        case .misplacedOPT: return .misplacedOPT
        case .truncated, .unsupportedLabelType, .nameTooLong:
            return divergenceInData(octets)
        }
    }

    /// Why data may be to blame for a message that is cut, or that has labels of no kind.
    private static func divergenceInData(_ octets: [UInt8]) -> Divergence? {
        var reader = MessageReader(octets.span)
        guard let (_, counts) = try? reader.readHeader() else { return nil }
        for _ in 0..<counts.questions {
            guard (try? reader.readQuestion()) != nil else { return nil }
        }
        var hasOpaqueData = false
        while true {
            var head = reader
            if let record = try? reader.readRecord() {
                if case .unknown = record.data { hasOpaqueData = true }
                continue
            }
            // Data that end before their fields: we read on and fail, libldns drops the fields.
            if (try? head.readName()) != nil, (try? head.readOctets(8)) != nil,
                let length = try? head.readUInt16(), Int(length) <= head.remaining
            {
                return .malformedRecordData
            }
            // libldns goes on inside data that are longer than it expects, and finds records there.
            return hasOpaqueData ? .opaqueData : nil
        }
    }

    /// Why libldns may refuse what we accept.
    private static func divergence(of ours: Message, _ octets: [UInt8]) -> Divergence? {
        let opaque = masked(ours)
        guard let plain = try? opaque.encoded(compress: false, maximumSize: .max),
            LibLDNSOracle.decode(plain) != nil
        else { return nil }
        // Only data that we do not look into, or the compression, was in the way.
        if opaque != ours { return .opaqueData }
        let pairs = zip(octets, octets.dropFirst())
        return pairs.contains { $0 == 0xc0 && $1 == 0 } ? .pointerToHeader : nil
    }

    /// The message with all data that we keep as octets under a type that libldns keeps so too.
    private static func masked(_ message: Message) -> Message {
        var message = message
        for section in [\Message.answers, \.authorities, \.additionals] {
            for index in message[keyPath: section].indices {
                if case .unknown(_, let data) = message[keyPath: section][index].data {
                    let type = RecordType(rawValue: 65_280)
                    message[keyPath: section][index].data = .unknown(type, data)
                }
            }
        }
        return message
    }

    /// What libldns prints of the original, and of what we decoded and encoded again.
    private static func difference(_ theirs: LibLDNSOracle, _ ours: Message) -> String? {
        for compress in [true, false] {
            guard let again = try? ours.encoded(compress: compress, maximumSize: .max) else {
                return "cannot be encoded again"
            }
            guard let reread = LibLDNSOracle.decode(again) else {
                return "libldns refuses what we encode"
            }
            // Names compress whatever their case (RFC 4343 §4.2).
            let found =
                compress
                ? difference(theirs.withFoldedNames, reread.withFoldedNames)
                : difference(theirs, reread)
            if let found { return found }
        }
        return nil
    }

    private static func difference(_ one: LibLDNSOracle, _ two: LibLDNSOracle) -> String? {
        let known: Set<UInt16> = [1, 28, 2, 5, 12, 6, 15, 16, 33]
        for (left, right) in zip(one.sections, two.sections) {
            guard left.count == right.count else {
                return "\(left.count) records, then \(right.count)"
            }
            for (a, b) in zip(left, right) {
                let isSame = known.contains(a.type) ? a == b : a.head == b.head
                guard isSame else { return "\(a.text) | \(b.text)" }
            }
        }
        var first = one
        var second = two
        first.sections = []
        second.sections = []
        return first == second ? nil : "\(first) | \(second)"
    }

    private static func header(_ ours: Message, _ theirs: LibLDNSOracle) -> String? {
        let header = ours.header
        let flags = [
            header.isResponse, header.isAuthoritative, header.isTruncated, header.recursionDesired,
            header.recursionAvailable, header.authenticatedData, header.checkingDisabled,
        ]
        guard header.id == theirs.id, flags == theirs.flags,
            UInt32(header.opcode.rawValue) == theirs.opcode,
            UInt32(header.responseCode.rawValue) == theirs.responseCode
        else { return "header: \(header) | \(theirs)" }
        guard let edns = ours.edns else { return nil }
        guard edns.udpPayloadSize == theirs.payloadSize, edns.dnssecOK == theirs.dnssecOK,
            edns.version == theirs.version, edns.extendedRCode == theirs.extendedCode
        else { return "EDNS: \(edns) | \(theirs)" }
        return nil
    }
}
