// SPDX-License-Identifier: Apache-2.0

/// An absolute domain name in its spelling: the uncompressed octets of RFC 1035 §3.1.
///
/// Invariants: ``wire`` is a chain of labels of 1…63 octets that ends with the root's zero octet
/// and is at most 255 octets long (RFC 1035 §2.3.4). Equality is equality of octets, case
/// included; use ``folded`` where case must not matter.
public struct DomainName: Hashable, Sendable {
    /// The longest name, in octets, the root's zero included (RFC 1035 §2.3.4).
    public static let maximumLength = 255
    /// The longest label, in octets (RFC 1035 §2.3.4).
    public static let maximumLabelLength = 63
    /// The name without labels.
    public static let root = DomainName(uncheckedWire: [0])

    /// The octets as they stand in an uncompressed message, the root's zero included.
    public let wire: [UInt8]

    /// Makes a name from octets that are known to satisfy the invariants.
    init(uncheckedWire wire: [UInt8]) { self.wire = wire }

    /// Makes a name from its octets, which must be exactly one uncompressed name.
    public init(wire: some Collection<UInt8>) throws(MessageDecodingError) {
        let octets = Array(wire)
        var offset = 0
        while true {
            guard offset < octets.count else {
                throw MessageDecodingError(.truncated, at: offset)
            }
            let length = Int(octets[offset])
            if length == 0 { break }
            guard length <= Self.maximumLabelLength else {
                throw MessageDecodingError(.unsupportedLabelType, at: offset)
            }
            offset += 1 + length
        }
        guard offset + 1 <= Self.maximumLength else {
            throw MessageDecodingError(.nameTooLong, at: offset)
        }
        guard offset + 1 == octets.count else {
            throw MessageDecodingError(.trailingOctets, at: offset + 1)
        }
        self.wire = octets
    }

    /// Makes a name from its labels, leftmost first, the root left out.
    public init(labels: [[UInt8]]) throws(NameTextError) {
        try self.init(labelOctets: labels)
    }

    /// Makes a name from its labels, leftmost first, the root left out.
    public init(labels: [ArraySlice<UInt8>]) throws(NameTextError) {
        try self.init(labelOctets: labels)
    }

    private init(labelOctets labels: [some Collection<UInt8>]) throws(NameTextError) {
        var wire: [UInt8] = []
        for label in labels {
            guard !label.isEmpty else { throw .emptyLabel }
            guard label.count <= Self.maximumLabelLength else { throw .labelTooLong }
            wire.append(UInt8(label.count))
            wire.append(contentsOf: label)
        }
        wire.append(0)
        guard wire.count <= Self.maximumLength else { throw .nameTooLong }
        self.wire = wire
    }

    /// The labels, leftmost first, the root left out.
    public var labels: [ArraySlice<UInt8>] {
        var result: [ArraySlice<UInt8>] = []
        var offset = 0
        while wire[offset] != 0 {
            let end = offset + 1 + Int(wire[offset])
            result.append(wire[(offset + 1)..<end])
            offset = end
        }
        return result
    }

    /// The number of labels; the root has none.
    public var labelCount: Int {
        var count = 0
        var offset = 0
        while wire[offset] != 0 {
            count += 1
            offset += 1 + Int(wire[offset])
        }
        return count
    }

    /// Whether this is the root.
    public var isRoot: Bool { wire.count == 1 }

    /// The name without its leftmost label; `nil` for the root.
    public var parent: DomainName? {
        isRoot ? nil : DomainName(uncheckedWire: Array(wire[(1 + Int(wire[0]))...]))
    }

    /// The name with ASCII letters in lower case: the form that compares (RFC 4343).
    public var folded: CanonicalName { CanonicalName(self) }

    /// Whether this name is `other` or lies below it, without regard to case.
    public func isSubdomain(of other: DomainName) -> Bool {
        suffixOffset(of: other) != nil
    }

    /// The labels left of a suffix; empty when both are the same name.
    ///
    /// `nil` where this name does not end in `suffix`, without regard to case.
    public func dropping(suffix: DomainName) -> [ArraySlice<UInt8>]? {
        guard let end = suffixOffset(of: suffix) else { return nil }
        var result: [ArraySlice<UInt8>] = []
        var offset = 0
        while offset < end {
            let next = offset + 1 + Int(wire[offset])
            result.append(wire[(offset + 1)..<next])
            offset = next
        }
        return result
    }

    /// This name with a label put before it.
    public func prepending(label: some Collection<UInt8>) throws(NameTextError) -> DomainName {
        try prepending(labels: [Array(label)])
    }

    /// This name with labels put before it, leftmost first.
    public func prepending(labels: [[UInt8]]) throws(NameTextError) -> DomainName {
        let left = try DomainName(labels: labels)
        let octets = left.wire.dropLast() + wire
        guard octets.count <= Self.maximumLength else { throw .nameTooLong }
        return DomainName(uncheckedWire: Array(octets))
    }

    /// Where in ``wire`` the octets of `other` begin, on a label boundary; `nil` if nowhere.
    private func suffixOffset(of other: DomainName) -> Int? {
        let start = wire.count - other.wire.count
        guard start >= 0 else { return nil }
        var offset = 0
        while offset < start { offset += 1 + Int(wire[offset]) }
        guard offset == start else { return nil }
        // Length octets are at most 63 and so are never changed by folding.
        for index in 0..<other.wire.count
        where foldedOctet(wire[start + index]) != foldedOctet(other.wire[index]) {
            return nil
        }
        return start
    }
}
