// SPDX-License-Identifier: Apache-2.0

internal import DNSWire

/// The rules of SVCB and HTTPS data that libldns does not check (RFC 9460 §2.2, §7).
enum ServiceBinding {
    /// What is wrong with the data; nil for right ones and for other types.
    static func objection(to data: RecordData) -> String? {
        guard case .unknown(let type, let octets) = data, type == .svcb || type == .https else {
            return nil
        }
        var reader = MessageReader(octets.span)
        do throws(MessageDecodingError) {
            let priority = try reader.readUInt16()
            _ = try reader.readName()
            var previous = -1
            while !reader.isAtEnd {
                let key = Int(try reader.readUInt16())
                let count = Int(try reader.readUInt16())
                let value = try reader.readOctets(count)
                // RFC 9460 §2.2: strictly increasing keys. §2.4.2: AliasMode has no parameters.
                guard key > previous else { return "a parameter is there twice" }
                guard priority > 0 else { return "priority 0 is an alias: it takes no parameters" }
                guard isRight(value, for: key) else {
                    return "the value of parameter \(name(of: key)) does not fit"
                }
                previous = key
            }
            return nil
        } catch {
            return "the parameters do not fill the data"
        }
    }

    private static func isRight(_ value: [UInt8], for key: Int) -> Bool {
        switch key {
        case 0: !value.isEmpty && value.count.isMultiple(of: 2)  // RFC 9460 §8
        case 1: isListOfStrings(value)  // RFC 9460 §7.1.1
        case 2: value.isEmpty  // RFC 9460 §7.1.1
        case 3: value.count == 2  // RFC 9460 §7.2
        case 4: !value.isEmpty && value.count.isMultiple(of: 4)  // RFC 9460 §7.3
        case 6: !value.isEmpty && value.count.isMultiple(of: 16)  // RFC 9460 §7.3
        default: key != 65_535  // RFC 9460 §14.3.2: reserved
        }
    }

    /// One or more strings with a length octet each, none of them empty.
    private static func isListOfStrings(_ value: [UInt8]) -> Bool {
        var position = 0
        while position < value.count {
            guard value[position] > 0 else { return false }
            position += 1 + Int(value[position])
        }
        return position == value.count && position > 0
    }

    private static func name(of key: Int) -> String {
        let names = ["mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint"]
        return key < names.count ? names[key] : "key\(key)"
    }
}
