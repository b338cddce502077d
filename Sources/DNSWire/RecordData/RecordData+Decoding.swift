// SPDX-License-Identifier: Apache-2.0

extension MessageReader {
    /// Reads the data of a record; they must end at `end`, which the caller checks.
    mutating func readRecordData(
        type: RecordType,
        class: RecordClass,
        end: Int
    ) throws(MessageDecodingError) -> RecordData {
        let length = end - offset
        // RFC 2136 §2.4: records without data say things about sets; they carry no value.
        if length == 0, type != .opt { return .unknown(type, []) }
        switch type {
        // RFC 3597 §4: the formats of A, AAAA and SRV are those of class IN.
        case .a where `class` == .in:
            try require(4, in: length)
            return .a(IPv4Address(bits: try readUInt32()))
        case .aaaa where `class` == .in:
            try require(16, in: length)
            return .aaaa(try readIPv6Address())
        case .srv where `class` == .in:
            try require(atLeast: 7, in: length)
            return .srv(
                ServiceLocation(
                    priority: try readUInt16(),
                    weight: try readUInt16(),
                    port: try readUInt16(),
                    target: try readName()
                )
            )
        case .ns: return .ns(try readName())
        case .cname: return .cname(try readName())
        case .ptr: return .ptr(try readName())
        case .soa: return .soa(try readStartOfAuthority(end: end))
        case .mx:
            try require(atLeast: 3, in: length)
            return .mx(preference: try readUInt16(), exchange: try readName())
        case .txt: return .txt(try readCharacterStrings(end: end))
        case .opt: return .opt(try readOptions(end: end))
        default: return .unknown(type, try readOctets(length))
        }
    }

    private func require(_ expected: Int, in length: Int) throws(MessageDecodingError) {
        guard length == expected else {
            throw MessageDecodingError(.malformedRecordData, at: offset)
        }
    }

    private func require(atLeast minimum: Int, in length: Int) throws(MessageDecodingError) {
        guard length >= minimum else {
            throw MessageDecodingError(.malformedRecordData, at: offset)
        }
    }

    private mutating func readIPv6Address() throws(MessageDecodingError) -> IPv6Address {
        let high = UInt64(try readUInt32()) << 32 | UInt64(try readUInt32())
        let low = UInt64(try readUInt32()) << 32 | UInt64(try readUInt32())
        return IPv6Address(high: high, low: low)
    }

    private mutating func readStartOfAuthority(
        end: Int
    ) throws(MessageDecodingError) -> StartOfAuthority {
        let primary = try readName()
        let mailbox = try readName()
        guard end - offset == 20 else {
            throw MessageDecodingError(.malformedRecordData, at: offset)
        }
        return StartOfAuthority(
            primary: primary,
            mailbox: mailbox,
            serial: try readUInt32(),
            refresh: try readUInt32(),
            retry: try readUInt32(),
            expire: try readUInt32(),
            minimum: try readUInt32()
        )
    }

    private mutating func readCharacterStrings(end: Int) throws(MessageDecodingError) -> [[UInt8]] {
        var strings: [[UInt8]] = []
        while offset < end { strings.append(try readCharacterString()) }
        return strings
    }

    private mutating func readOptions(end: Int) throws(MessageDecodingError) -> [EDNSOption] {
        var options: [EDNSOption] = []
        while offset < end {
            let start = offset
            guard end - offset >= 4 else { throw MessageDecodingError(.malformedOption, at: start) }
            let code = try readUInt16()
            let length = Int(try readUInt16())
            guard end - offset >= length else {
                throw MessageDecodingError(.malformedOption, at: start)
            }
            let option = EDNSOption(code: code, data: try readOctets(length))
            // RFC 7871 §7.1.1: a malformed client subnet makes the query a format error.
            if code == EDNSOption.clientSubnetCode, ClientSubnet(option) == nil {
                throw MessageDecodingError(.malformedOption, at: start)
            }
            options.append(option)
        }
        return options
    }
}
