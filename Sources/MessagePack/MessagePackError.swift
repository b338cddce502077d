// SPDX-License-Identifier: Apache-2.0

/// Why octets are not the MessagePack that was asked for, and where.
public struct MessagePackError: Error, Hashable, Sendable {
    /// What is wrong.
    public enum Kind: Hashable, Sendable {
        /// The octets end inside a value, or a count promises more than they can hold.
        case truncated
        /// A value of another kind stands here; its first octet.
        case unexpected(UInt8)
        /// An integer does not fit the type asked for.
        case outOfRange
        /// Arrays and maps are nested deeper than the limit.
        case tooDeep
        /// A text is not UTF-8.
        case invalidText
        /// Octets are left after the value.
        case trailing
    }

    /// What is wrong.
    public var kind: Kind
    /// The offset of the value's first octet.
    public var offset: Int

    /// Makes an error.
    public init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }
}
