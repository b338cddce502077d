// SPDX-License-Identifier: Apache-2.0

/// A pattern as a tree.
indirect enum RegularNode: Hashable, Sendable {
    /// Matches everywhere and takes nothing.
    case empty
    /// Takes one character.
    case set(ScalarSet)
    /// Takes nothing and holds at some places.
    case condition(RegularCondition)
    /// One after the other.
    case sequence([RegularNode])
    /// One of several.
    case choice([RegularNode])
    /// So often; without upper bound when `nil`; as often as possible unless lazy.
    case repetition(RegularNode, Int, Int?, isLazy: Bool)
    /// A group that captures, with its number.
    case group(RegularNode, Int)
}

/// A condition on a place of the text.
enum RegularCondition: Hashable, Sendable {
    case textBegin, textEnd, lineBegin, lineEnd, wordBoundary, noWordBoundary
}

/// A pattern as instructions of Thompson's machine.
struct RegularProgram: Sendable {
    /// The instructions that a program may have at most.
    static let maximumSize = 10_000

    private(set) var instructions: [Instruction] = []
    private(set) var sets: [ScalarSet] = []
    /// Nodes visited: nested repetitions of nothing cost time, too.
    private var work = 0
    /// Whether groups note where they begin and end.
    private let isCapturing: Bool
    private let maximumSize: Int

    /// What the machine does next; the next instruction follows unless another is named.
    enum Instruction: Hashable, Sendable {
        /// Takes a character of a set.
        case take(Int)
        /// Goes on only when a condition holds.
        case check(RegularCondition)
        /// Goes on elsewhere.
        case jump(Int)
        /// Goes on at both, of which the first is preferred.
        case split(Int, Int)
        /// Notes the place under a number: twice that of a group, one more at its end.
        case save(Int)
        /// The pattern has matched.
        case match
    }

    /// Compiles a pattern.
    init(
        _ node: RegularNode,
        of pattern: String,
        isCapturing: Bool,
        maximumSize: Int = RegularProgram.maximumSize
    ) throws(RegularExpressionError) {
        self.isCapturing = isCapturing
        self.maximumSize = min(maximumSize, Self.maximumSize)
        guard emit(node), append(.match) else {
            throw RegularExpressionError(.tooLarge, pattern)
        }
    }

    private mutating func append(_ instruction: Instruction) -> Bool {
        instructions.append(instruction)
        return instructions.count <= maximumSize
    }

    /// Emits a node; `false` when the program becomes too large.
    private mutating func emit(_ node: RegularNode) -> Bool {
        work += 1
        guard work <= 4 * Self.maximumSize else { return false }
        switch node {
        case .empty: return true
        case .set(let set):
            sets.append(set)
            return append(.take(sets.count - 1))
        case .condition(let condition): return append(.check(condition))
        case .sequence(let nodes): return nodes.allSatisfy { emit($0) }
        case .choice(let nodes): return emitChoice(nodes)
        case .repetition(let inner, let least, let most, let isLazy):
            return emitRepetition(of: inner, least, most, isLazy: isLazy)
        case .group(let inner, let number):
            guard isCapturing else { return emit(inner) }
            return append(.save(2 * number)) && emit(inner) && append(.save(2 * number + 1))
        }
    }

    private mutating func emitChoice(_ nodes: [RegularNode]) -> Bool {
        var jumps: [Int] = []
        for (index, node) in nodes.enumerated() {
            let split = instructions.count
            let isLast = index == nodes.count - 1
            if !isLast, !append(.jump(0)) { return false }
            guard emit(node) else { return false }
            if !isLast {
                jumps.append(instructions.count)
                guard append(.jump(0)) else { return false }
                instructions[split] = .split(split + 1, instructions.count)
            }
        }
        for jump in jumps { instructions[jump] = .jump(instructions.count) }
        return true
    }

    private mutating func emitRepetition(
        of inner: RegularNode,
        _ least: Int,
        _ most: Int?,
        isLazy: Bool
    ) -> Bool {
        for _ in 0..<least where !emit(inner) { return false }
        guard let most else {
            let split = instructions.count
            guard append(.jump(0)), emit(inner), append(.jump(split)) else { return false }
            instructions[split] = fork(at: split, isLazy: isLazy)
            return true
        }
        var splits: [Int] = []
        for _ in 0..<max(0, most - least) {
            splits.append(instructions.count)
            guard append(.jump(0)), emit(inner) else { return false }
        }
        for split in splits { instructions[split] = fork(at: split, isLazy: isLazy) }
        return true
    }

    /// Repeat once more, or go on behind: what is preferred comes first.
    private func fork(at split: Int, isLazy: Bool) -> Instruction {
        isLazy
            ? .split(instructions.count, split + 1) : .split(split + 1, instructions.count)
    }
}
