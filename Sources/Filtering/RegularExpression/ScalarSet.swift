// SPDX-License-Identifier: Apache-2.0

/// The characters that one step of a pattern takes.
struct ScalarSet: Hashable, Sendable {
    /// Sorted, apart from each other.
    private var ranges: [ClosedRange<UInt32>]
    /// Whether a character is taken when its other case is in the set.
    var ignoresCase = false

    /// Makes a set from ranges in any order.
    init(_ ranges: [ClosedRange<UInt32>], ignoresCase: Bool = false) {
        self.ranges = Self.merged(ranges)
        self.ignoresCase = ignoresCase
    }

    /// Makes a set of one character.
    init(_ scalar: Unicode.Scalar, ignoresCase: Bool) {
        self.init([scalar.value...scalar.value], ignoresCase: ignoresCase)
    }

    /// Everything that is not in the set, other cases counted.
    var complement: ScalarSet {
        var copy = self
        copy.isComplement.toggle()
        return copy
    }
    private var isComplement = false

    /// Every character.
    static let all = ScalarSet([0...lastScalar])
    /// Every character but the line feed.
    static let allButNewline = ScalarSet([0x0A...0x0A]).complement

    /// The greatest character.
    static let lastScalar: UInt32 = 0x10_FFFF

    /// Whether a character is in the set.
    func contains(_ scalar: Unicode.Scalar) -> Bool {
        var isMember = hasRange(with: scalar.value)
        if !isMember, ignoresCase, scalar.isASCII {
            // The same as below, without making texts: it is most of what is matched.
            let isLetter = (0x61...0x7A).contains(scalar.value | 0x20)
            isMember = isLetter && hasRange(with: scalar.value ^ 0x20)
        } else if !isMember, ignoresCase {
            isMember = Self.otherCases(of: scalar).contains { hasRange(with: $0) }
        }
        return isMember != isComplement
    }

    private func hasRange(with value: UInt32) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < value { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].lowerBound <= value
    }

    private static func otherCases(of scalar: Unicode.Scalar) -> [UInt32] {
        let properties = scalar.properties
        return [properties.lowercaseMapping, properties.uppercaseMapping].compactMap { text in
            let scalars = text.unicodeScalars
            return scalars.count == 1 ? scalars.first?.value : nil
        }
    }

    private static func merged(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, range.lowerBound <= last.upperBound {
                let end = max(last.upperBound, range.upperBound)
                result[result.count - 1] = last.lowerBound...end
            } else {
                result.append(range)
            }
        }
        return result
    }
}

/// The named classes of RE2: Perl's `\d`, `\s`, `\w` and those of POSIX.
enum NamedClass {
    /// The ranges of a class and of everything else.
    static func ranges(
        _ class: [ClosedRange<UInt32>],
        negated: Bool
    ) -> [ClosedRange<UInt32>] {
        guard negated else { return `class` }
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in `class`.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if range.lowerBound > next { result.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= ScalarSet.lastScalar { result.append(next...ScalarSet.lastScalar) }
        return result
    }

    /// The class of `\d`, `\s` or `\w`; their upper-case letters are everything else.
    static func perl(_ letter: Unicode.Scalar) -> [ClosedRange<UInt32>]? {
        switch letter {
        case "d": digit
        case "D": ranges(digit, negated: true)
        case "s": space
        case "S": ranges(space, negated: true)
        case "w": word
        case "W": ranges(word, negated: true)
        default: nil
        }
    }

    /// The class of `[:name:]`.
    static func posix(_ name: String) -> [ClosedRange<UInt32>]? { classes[name] }

    private static let digit: [ClosedRange<UInt32>] = [0x30...0x39]
    private static let space: [ClosedRange<UInt32>] = [0x09...0x0A, 0x0C...0x0D, 0x20...0x20]
    private static let upper: [ClosedRange<UInt32>] = [0x41...0x5A]
    private static let lower: [ClosedRange<UInt32>] = [0x61...0x7A]
    private static let word = digit + upper + [0x5F...0x5F] + lower
    private static let classes: [String: [ClosedRange<UInt32>]] = [
        "alnum": digit + upper + lower, "alpha": upper + lower, "ascii": [0...0x7F],
        "blank": [0x09...0x09, 0x20...0x20], "cntrl": [0...0x1F, 0x7F...0x7F],
        "digit": digit, "graph": [0x21...0x7E], "lower": lower, "print": [0x20...0x7E],
        "punct": [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E],
        "space": [0x09...0x0D, 0x20...0x20], "upper": upper, "word": word,
        "xdigit": digit + [0x41...0x46, 0x61...0x66],
    ]
}
