// SPDX-License-Identifier: Apache-2.0

/// What is wrong with octets that were to be a DNS message, and where.
public struct MessageDecodingError: Error, Hashable, Sendable {
    /// The kind of fault.
    public enum Kind: Hashable, Sendable {
        /// The octets end before the item does.
        case truncated
        /// A label octet beginning with the bits 01 or 10 (RFC 6891 §5 retired them).
        case unsupportedLabelType
        /// A compression pointer that does not point backwards (RFC 1035 §4.1.4: "a prior
        /// occurrence"), which is what a loop needs.
        case forwardPointer
        /// More compression pointers in one name than a name can use.
        case tooManyPointers
        /// A name of more than 255 octets (RFC 1035 §2.3.4).
        case nameTooLong
        /// Octets are left over after the last item.
        case trailingOctets
        /// The data of a record do not fill RDLENGTH exactly, or do not fit their type.
        case malformedRecordData
        /// An EDNS option that does not fit its OPT record, or a malformed client subnet
        /// (RFC 7871 §6).
        case malformedOption
        /// A second OPT record, one outside the additional section, or one with an owner other
        /// than the root (RFC 6891 §6.1.1).
        case misplacedOPT
    }

    /// The kind of fault.
    public var kind: Kind
    /// The offset of the faulty octet from the beginning of the octets that were decoded.
    public var offset: Int

    /// Makes an error.
    public init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }
}
