// SPDX-License-Identifier: Apache-2.0

/// What is wrong with the text or the labels of a name.
public enum NameTextError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text is empty; the root is written `.`.
    case empty
    /// Two dots in a row, or a dot at the beginning.
    case emptyLabel
    /// A label of more than 63 octets (RFC 1035 §2.3.4).
    case labelTooLong
    /// More than 255 octets in all (RFC 1035 §2.3.4).
    case nameTooLong
    /// A backslash that is followed by nothing, or by digits that are no octet; the offset is
    /// that of the backslash, in octets of the text.
    case malformedEscape(offset: Int)

    /// What is wrong with the text.
    public var description: String {
        switch self {
        case .empty: "it is empty; the root is written ."
        case .emptyLabel: "a label is empty: two dots in a row, or a dot at the beginning"
        case .labelTooLong: "a label has more than 63 octets"
        case .nameTooLong: "it has more than 255 octets"
        case .malformedEscape(let offset):
            "the backslash at octet \(offset) is followed by no character and no octet"
        }
    }
}

extension DomainName {
    /// Makes a name from presentation text, which is always read as absolute.
    ///
    /// A final dot may be there or not. `\.` and `\DDD` are the escapes of RFC 1035 §5.1; other octets stand for themselves.
    public init(text: String) throws(NameTextError) {
        let octets = Array(text.utf8)
        guard !octets.isEmpty else { throw .empty }
        if octets == [UInt8(ascii: ".")] {
            self = .root
            return
        }
        var wire: [UInt8] = [0]
        var lengthAt = 0
        var index = 0
        while index < octets.count {
            var octet = octets[index]
            if octet == UInt8(ascii: ".") {
                guard wire.count > lengthAt + 1 else { throw .emptyLabel }
                wire[lengthAt] = UInt8(wire.count - lengthAt - 1)
                lengthAt = wire.count
                wire.append(0)
                index += 1
            } else {
                if octet == UInt8(ascii: "\\") {
                    let (value, length) = try Self.escape(in: octets, at: index)
                    octet = value
                    index += length
                } else {
                    index += 1
                }
                wire.append(octet)
                guard wire.count - lengthAt - 1 <= Self.maximumLabelLength else {
                    throw .labelTooLong
                }
            }
            guard wire.count <= Self.maximumLength else { throw .nameTooLong }
        }
        if wire.count > lengthAt + 1 {
            wire[lengthAt] = UInt8(wire.count - lengthAt - 1)
            wire.append(0)
        }
        guard wire.count <= Self.maximumLength else { throw .nameTooLong }
        self.init(uncheckedWire: wire)
    }

    // RFC 1035 §5.1: `\X` is X itself unless X is a digit; `\DDD` is the octet of that number.
    private static func escape(
        in octets: [UInt8],
        at index: Int
    ) throws(NameTextError) -> (value: UInt8, length: Int) {
        guard index + 1 < octets.count else { throw .malformedEscape(offset: index) }
        let first = octets[index + 1]
        guard isDigit(first) else { return (first, 2) }
        guard index + 3 < octets.count, isDigit(octets[index + 2]), isDigit(octets[index + 3])
        else { throw .malformedEscape(offset: index) }
        let number =
            Int(first - 0x30) * 100 + Int(octets[index + 2] - 0x30) * 10
            + Int(octets[index + 3] - 0x30)
        guard let value = UInt8(exactly: number) else { throw .malformedEscape(offset: index) }
        return (value, 4)
    }

    private static func isDigit(_ octet: UInt8) -> Bool { octet &- 0x30 < 10 }
}

extension DomainName: CustomStringConvertible {
    /// The presentation text with its final dot and with the escapes of RFC 1035 §5.1.
    public var description: String {
        if isRoot { return "." }
        var text: [UInt8] = []
        text.reserveCapacity(wire.count)
        for label in labels {
            for octet in label { Self.append(octet, to: &text) }
            text.append(UInt8(ascii: "."))
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func append(_ octet: UInt8, to text: inout [UInt8]) {
        switch octet {
        case UInt8(ascii: "."), UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "("),
            UInt8(ascii: ")"), UInt8(ascii: ";"), UInt8(ascii: "@"), UInt8(ascii: "$"):
            text.append(UInt8(ascii: "\\"))
            text.append(octet)
        case 0x21...0x7e:
            text.append(octet)
        default:
            text.append(UInt8(ascii: "\\"))
            text.append(0x30 + octet / 100)
            text.append(0x30 + octet / 10 % 10)
            text.append(0x30 + octet % 10)
        }
    }
}
