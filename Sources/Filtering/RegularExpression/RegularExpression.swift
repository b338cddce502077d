// SPDX-License-Identifier: Apache-2.0

/// A regular expression in RE2's common subset, matched in time linear in the text.
///
/// Literals, `.`, classes, anchors, groups, flags, alternation and bounded repetition; Unicode
/// classes (`\p`) are refused. The machine is Thompson's: all paths at once, no backtracking.
public struct RegularExpression: Sendable {
    let program: RegularProgram
    /// The number of groups that capture.
    public let groupCount: Int

    /// The instructions that a pattern may become at most, unless less is wanted.
    public static let maximumSize = RegularProgram.maximumSize

    /// Reads a pattern.
    ///
    /// - Parameters:
    ///   - pattern: the text.
    ///   - isCapturing: whether ``firstMatch(in:)`` will be asked for more than the whole match.
    ///   - maximumSize: how many instructions the pattern may become, which bounds the time that a
    ///     character of a text takes.
    /// - Throws: ``RegularExpressionError`` with Go's text.
    public init(
        _ pattern: String,
        isCapturing: Bool = false,
        maximumSize: Int = RegularExpression.maximumSize
    ) throws(RegularExpressionError) {
        let (node, groupCount) = try RegularParser.parse(pattern)
        self.groupCount = isCapturing ? groupCount : 0
        program = try RegularProgram(
            node,
            of: pattern,
            isCapturing: isCapturing,
            maximumSize: maximumSize
        )
    }

    /// Whether the pattern matches anywhere in the text, as Go's `MatchString`.
    public func matches(_ text: String) -> Bool {
        var steps = 0
        return matches(text, steps: &steps)
    }

    /// The instructions that the pattern became.
    var programSize: Int { program.instructions.count }

    /// As ``matches(_:)``; counts the instructions looked at, and gives up soon after so many.
    func matches(_ text: String, steps: inout Int, upTo limit: Int = .max) -> Bool {
        var machine = RegularMachine(program: program)
        var scalars = text.unicodeScalars.makeIterator()
        var place = RegularPlace(previous: nil, next: scalars.next())
        defer { steps += machine.steps }
        while true {
            // Unanchored: a match may begin at every place.
            if machine.start(at: place) { return true }
            guard let scalar = place.next, machine.steps <= limit else { return false }
            place = RegularPlace(previous: scalar, next: scalars.next())
            if machine.take(scalar, to: place) { return true }
        }
    }
}

/// A place between two characters of a text.
struct RegularPlace {
    /// The character before; `nil` at the beginning.
    var previous: Unicode.Scalar?
    /// The character after; `nil` at the end.
    var next: Unicode.Scalar?

    /// Whether a condition on the place holds.
    func fulfils(_ condition: RegularCondition) -> Bool {
        switch condition {
        case .textBegin: previous == nil
        case .textEnd: next == nil
        case .lineBegin: previous == nil || previous == "\n"
        case .lineEnd: next == nil || next == "\n"
        case .wordBoundary: Self.isWord(previous) != Self.isWord(next)
        case .noWordBoundary: Self.isWord(previous) == Self.isWord(next)
        }
    }

    // RE2: \b knows ASCII words only.
    private static func isWord(_ scalar: Unicode.Scalar?) -> Bool {
        switch scalar {
        case .some("a"..."z"), .some("A"..."Z"), .some("0"..."9"), .some("_"): true
        default: false
        }
    }
}

/// The threads of a pattern in a text: which instructions have been reached.
private struct RegularMachine {
    private let program: RegularProgram
    /// Instructions that wait for a character.
    private var waiting: [Int] = []
    private var moving: [Int] = []
    /// The round in which an instruction was reached last.
    private var marks: [Int]
    private var round = 1
    private var stack: [Int] = []
    private(set) var steps = 0

    init(program: RegularProgram) {
        self.program = program
        marks = Array(repeating: 0, count: program.instructions.count)
    }

    /// Begins the pattern at a place; whether it has matched.
    mutating func start(at place: RegularPlace) -> Bool { follow(from: 0, at: place) }

    /// Moves all threads over a character; whether one has matched.
    mutating func take(_ scalar: Unicode.Scalar, to place: RegularPlace) -> Bool {
        round += 1
        swap(&waiting, &moving)
        waiting.removeAll(keepingCapacity: true)
        for index in moving.indices {
            let position = moving[index]
            steps += 1
            guard case .take(let set) = program.instructions[position],
                program.sets[set].contains(scalar)
            else { continue }
            if follow(from: position + 1, at: place) { return true }
        }
        return false
    }

    /// Adds an instruction and what is reached from it without a character.
    private mutating func follow(from first: Int, at place: RegularPlace) -> Bool {
        stack.append(first)
        while let position = stack.popLast() {
            steps += 1
            guard marks[position] != round else { continue }
            marks[position] = round
            switch program.instructions[position] {
            case .take: waiting.append(position)
            case .jump(let target): stack.append(target)
            case .save: stack.append(position + 1)
            case .split(let one, let other):
                stack.append(other)
                stack.append(one)
            case .check(let condition):
                if place.fulfils(condition) { stack.append(position + 1) }
            case .match: return true
            }
        }
        return false
    }
}
