// SPDX-License-Identifier: Apache-2.0

/// The kinds of values that MessagePack has.
public enum MessagePackKind: Hashable, Sendable {
    /// A kind by its name.
    case null, bool, integer, float, text, octets, array, map, extended
    /// The one first octet that means nothing.
    case unused

    /// The kind of the value that begins with this octet.
    init(head: UInt8) {
        self =
            switch head {
            case 0x00...0x7f, 0xe0...0xff, 0xcc...0xcf, 0xd0...0xd3: .integer
            case 0x80...0x8f, 0xde, 0xdf: .map
            case 0x90...0x9f, 0xdc, 0xdd: .array
            case 0xa0...0xbf, 0xd9...0xdb: .text
            case 0xc0: .null
            case 0xc2, 0xc3: .bool
            case 0xc4...0xc6: .octets
            case 0xca, 0xcb: .float
            case 0xc7...0xc9, 0xd4...0xd8: .extended
            default: .unused
            }
    }
}
