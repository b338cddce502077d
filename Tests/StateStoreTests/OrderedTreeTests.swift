// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import StateStore

@Suite("Ordered tree")
struct OrderedTreeTests {
    /// Keys from few octets share prefixes, end inside each other and fill buckets.
    private static func key(_ generator: inout SplitMix64, octets: Int) -> [UInt8] {
        (0..<Int.random(in: 0...6, using: &generator)).map { _ in
            UInt8.random(in: 0..<UInt8(octets), using: &generator)
        }
    }

    @Test(
        "agrees with a dictionary after every one of many random changes",
        arguments: [(1, 2), (2, 3), (3, 4), (4, 16), (5, 255)]
    )
    func agreesWithDictionary(seed: UInt64, octets: Int) {
        var generator = SplitMix64(seed: seed)
        var tree = OrderedTree<Int>()
        var model: [[UInt8]: Int] = [:]
        for step in 0..<6000 {
            let key = Self.key(&generator, octets: octets)
            // Grows in one half of the time and shrinks in the other.
            let grows = (step / 1500).isMultiple(of: 2)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<(grows ? 7 : 3):
                #expect(tree.updateValue(step, forKey: key) == model.updateValue(step, forKey: key))
            case 9:
                let changed: Void? = tree.modify(key) { $0 += 1 }
                #expect((changed != nil) == (model[key] != nil))
                if let old = model[key] { model[key] = old + 1 }
            default:
                #expect(tree.removeValue(forKey: key) == model.removeValue(forKey: key))
            }
            #expect(tree.count == model.count)
            #expect(tree[key] == model[key])
            if step.isMultiple(of: 50) {
                Self.expectEqual(tree, model)
                Self.expectPrefix(tree, model, Self.key(&generator, octets: octets))
            }
        }
        for key in model.keys { #expect(tree.removeValue(forKey: key) != nil) }
        #expect(tree.isEmpty && tree.values().isEmpty)
    }

    /// How many branches stand one below the other on the way to the last entry.
    private static func levels(_ tree: OrderedTree<Int>) -> Int {
        var levels = 0
        var node = tree.root
        while case .branch(let branch) = node {
            levels += 1
            let fields = Mirror(reflecting: branch.fields)
            guard let children = fields.descendant("children") as? [TreeNode<Int>],
                let last = children.last
            else { break }
            node = last
        }
        return levels
    }

    @Test("no keys make it deeper than a stack: each goes on where the one before ends")
    func longChains() {
        let text = [UInt8](repeating: 97, count: TreeNode<Int>.deepest + 100)
        let shortest = TreeNode<Int>.deepest - 30
        let lengths = Array(shortest...text.count)
        var tree = OrderedTree<Int>()
        var run = TreeRun<Int>()
        for length in lengths {
            tree.updateValue(length, forKey: Array(text[..<length]))
            let isTaken = run.append(length, key: text[..<length])
            #expect(isTaken)
        }
        // From the longest on, each splits what the others share.
        var split = OrderedTree<Int>()
        for n in 0..<17 { split.updateValue(n, forKey: text + [UInt8(n)]) }
        for length in lengths.reversed() {
            split.updateValue(length, forKey: Array(text[..<length]))
        }
        var late = TreeRun<Int>()
        for n in 0..<40 {
            let isTaken = late.append(-n, key: text + [UInt8(n)])
            #expect(isTaken)
        }
        var joined = run.tree()
        joined.append(late.tree())
        for tree in [tree, run.tree(), split, joined] {
            // One for what all share, and each of the others tells an octet.
            #expect(Self.levels(tree) <= 31)
            for length in lengths { #expect(tree[Array(text[..<length])] == length) }
        }
        #expect(tree.values() == lengths && run.tree().values() == lengths)
        #expect(joined[text + [39]] == -39 && joined.count == lengths.count + 40)
        let kept = tree
        for length in lengths.reversed() {
            #expect(tree.removeValue(forKey: Array(text[..<length])) == length)
        }
        #expect(tree.isEmpty && kept.count == lengths.count)
    }

    @Test("keys beyond the deepest branch are kept as all others")
    func deepKeys() {
        var generator = SplitMix64(seed: 1)
        var tree = OrderedTree<Int>()
        var model: [[UInt8]: Int] = [:]
        let path = [UInt8](repeating: 7, count: TreeNode<Int>.deepest - 2)
        for step in 0..<300 {
            let key = path + Self.key(&generator, octets: 3)
            if Int.random(in: 0..<10, using: &generator) < (step < 200 ? 7 : 3) {
                #expect(tree.updateValue(step, forKey: key) == model.updateValue(step, forKey: key))
            } else {
                #expect(tree.removeValue(forKey: key) == model.removeValue(forKey: key))
            }
            #expect(tree.count == model.count)
            if step == 199 || step == 299 {
                Self.expectEqual(tree, model)
                Self.expectPrefix(tree, model, path + Self.key(&generator, octets: 3))
            }
        }
    }

    @Test("leaves snapshots as they were, whatever happens to the tree later")
    func leavesSnapshots() {
        var generator = SplitMix64(seed: 77)
        var tree = OrderedTree<Int>()
        var snapshots: [(OrderedTree<Int>, [[UInt8]: Int])] = []
        var model: [[UInt8]: Int] = [:]
        for step in 0..<4000 {
            let key = Self.key(&generator, octets: 5)
            if Bool.random(using: &generator) {
                tree.updateValue(step, forKey: key)
                model[key] = step
            } else if Bool.random(using: &generator) {
                _ = tree.modify(key) { $0 = -step }
                if model[key] != nil { model[key] = -step }
            } else {
                tree.removeValue(forKey: key)
                model[key] = nil
            }
            if step.isMultiple(of: 97) { snapshots.append((tree, model)) }
        }
        for (tree, model) in snapshots { Self.expectEqual(tree, model) }
    }

    @Test("visits in the order of octets, a key before those it begins")
    func visitsInOrder() {
        var tree = OrderedTree<Int>()
        let keys: [[UInt8]] = [[], [0], [0, 0], [0, 255], [1], [1, 2, 3], [1, 2, 4], [255]]
        for (index, key) in keys.shuffled().enumerated() { tree.updateValue(index, forKey: key) }
        var seen: [[UInt8]] = []
        tree.forEach { key, _ in
            seen.append(key)
            return true
        }
        #expect(seen == keys)
    }

    @Test("stops visiting when told to")
    func stops() {
        var tree = OrderedTree<Int>()
        for number in 0..<200 { tree.updateValue(number, forKey: [UInt8(number)]) }
        var seen = 0
        tree.forEach { _, _ in
            seen += 1
            return seen < 70
        }
        #expect(seen == 70)
    }

    @Test("a prefix that ends inside the octets a branch shares finds all below it")
    func prefixInsideBranch() {
        var tree = OrderedTree<Int>()
        for number in 0..<100 { tree.updateValue(number, forKey: [9, 9, 9, 9, UInt8(number)]) }
        #expect(tree.values(prefix: [9, 9]).count == 100)
        #expect(tree.values(prefix: [9, 9, 9, 9, 42]) == [42])
        #expect(tree.values(prefix: [9, 9, 8]).isEmpty)
        #expect(tree.values(prefix: [9, 9, 9, 9, 42, 0]).isEmpty)
    }

    private static func expectEqual(_ tree: OrderedTree<Int>, _ model: [[UInt8]: Int]) {
        expectPrefix(tree, model, [])
        for (key, value) in model { #expect(tree[key] == value) }
    }

    private static func expectPrefix(
        _ tree: OrderedTree<Int>,
        _ model: [[UInt8]: Int],
        _ prefix: [UInt8]
    ) {
        var keys: [[UInt8]] = []
        var values: [Int] = []
        tree.forEach(prefix: prefix) { key, value in
            keys.append(key)
            values.append(value)
            return true
        }
        let expected = model.filter { $0.key.starts(with: prefix) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
        #expect(keys == expected.map(\.key))
        #expect(values == expected.map(\.value))
    }
}

@Suite("Tree keys")
struct TreeKeyTests {
    @Test(
        "of several texts keep them apart and in order, whatever they contain",
        arguments: [
            ["a", "b"], ["", ""], ["a\0", "b"], ["a", "\0b"], ["\0", "\0\0"], ["é", "日本"],
        ]
    )
    func keepsTextsApart(texts: [String]) {
        let key = TreeKey.make(texts[0], texts[1])
        #expect(TreeKey.texts(key) == texts)
        #expect(key.starts(with: TreeKey.prefix(texts[0])))
        let longer = TreeKey.make(texts[0], texts[1], "x")
        #expect(TreeKey.texts(longer) == texts + ["x"])
        #expect(TreeKey.make(texts[0] + "\0", texts[1]) != key)
    }

    @Test("order a shorter first text before a longer one")
    func order() {
        let keys = [TreeKey.make("a", "z"), TreeKey.make("a\u{1}", "a"), TreeKey.make("ab", "a")]
        #expect(
            keys.indices.dropFirst().allSatisfy {
                keys[$0 - 1].lexicographicallyPrecedes(keys[$0])
            }
        )
        #expect(!TreeKey.make("ab", "c").starts(with: TreeKey.prefix("a")))
    }
}
