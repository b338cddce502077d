// SPDX-License-Identifier: Apache-2.0

/// The name of a segment: `<sequence>-<first index>.log`.
public struct SegmentName: Hashable, Comparable, Sendable {
    /// Segments are numbered through from 1.
    public var sequence: UInt64
    /// The index of the first entry that may stand in it.
    public var first: UInt64

    /// What the next segment is called while it is made.
    public static let next = "segment.next"

    /// Makes a name.
    public init(sequence: UInt64, first: UInt64) {
        self.sequence = sequence
        self.first = first
    }

    /// Reads a file's name; `nil` for any other file.
    public init?(_ text: String) {
        guard text.hasSuffix(".log") else { return nil }
        let parts = text.dropLast(4).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let sequence = UInt64(parts[0]), let first = UInt64(parts[1]) else {
            return nil
        }
        self.init(sequence: sequence, first: first)
        // "+1-1.log" is not ours.
        guard self.text == text else { return nil }
    }

    /// The file's name.
    public var text: String { "\(Self.padded(sequence, 10))-\(Self.padded(first, 20)).log" }

    /// Orders by sequence.
    public static func < (a: SegmentName, b: SegmentName) -> Bool { a.sequence < b.sequence }

    /// A number with zeros in front, so that names sort as numbers do.
    static func padded(_ number: UInt64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
