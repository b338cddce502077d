// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import StateStore

@Suite("A tree built at once from sorted keys")
struct TreeRunTests {
    /// Sorted keys from few octets: they share prefixes, end inside each other and fill buckets.
    private static func keys(_ count: Int, octets: UInt8, seed: UInt64) -> [[UInt8]] {
        var generator = SplitMix64(seed: seed)
        let keys = (0..<count).map { _ in
            (0..<Int.random(in: 0...7, using: &generator)).map { _ in
                UInt8.random(in: 0..<octets, using: &generator)
            }
        }
        return Set(keys).sorted { $0.lexicographicallyPrecedes($1) }
    }

    private static func run(_ keys: some Collection<[UInt8]>) -> TreeRun<Int> {
        var run = TreeRun<Int>()
        for key in keys {
            let isTaken = run.append(key.count, key: key)
            #expect(isTaken)
        }
        return run
    }

    private static func inserted(_ keys: some Collection<[UInt8]>) -> OrderedTree<Int> {
        var tree = OrderedTree<Int>()
        var generator = SplitMix64(seed: 5)
        for key in keys.shuffled(using: &generator) { tree.updateValue(key.count, forKey: key) }
        return tree
    }

    /// Where every node stands, and what is in it.
    private static func form(_ tree: OrderedTree<Int>) -> String {
        var text = ""
        dump(tree, to: &text)
        return text.replacing(#/ #\d+/#, with: "")
    }

    @Test(
        "it has the nodes of one into which the keys were put one by one, in any order",
        arguments: [(0, 2), (1, 2), (16, 3), (17, 3), (40, 2), (300, 3), (900, 4), (600, 255)]
    )
    func isAsInserted(count: Int, octets: UInt8) {
        let keys = Self.keys(count, octets: octets, seed: UInt64(count))
        let run = Self.run(keys)
        #expect((0..<run.count).map { Array(run.key(at: $0)) } == keys)
        #expect(Self.form(run.tree()) == Self.form(Self.inserted(keys)))
    }

    @Test("two in a row make the one of all keys, wherever they are parted", arguments: 1...6)
    func appends(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let octets = UInt8.random(in: 1...5, using: &generator)
        let keys = Self.keys(Int.random(in: 1...120, using: &generator), octets: octets, seed: seed)
        for place in 0...keys.count {
            let later = Self.run(keys[place...]).tree()
            let first = Self.run(keys[..<place]).tree()
            let (firstForm, laterForm) = (Self.form(first), Self.form(later))
            var tree = first
            tree.append(later)
            #expect(tree.count == keys.count)
            var found: [[UInt8]] = []
            tree.forEach { key, value in
                found.append(key)
                return value == key.count
            }
            #expect(found == keys)
            for key in keys { #expect(tree[key] == key.count) }
            // Nobody else's nodes were changed.
            #expect(Self.form(first) == firstForm && Self.form(later) == laterForm)
            var rest = tree
            for key in keys.shuffled(using: &generator) {
                #expect(rest.removeValue(forKey: key) != nil)
            }
            #expect(rest.isEmpty && tree.count == keys.count)
        }
    }

    @Test("a key that does not come after all others is not taken")
    func order() {
        var run = Self.run([[], [1], [1, 0], [2]])
        for key in [[2], [1, 255], [], [2, 0]] as [[UInt8]] {
            let isTaken = run.append(key.count, key: key)
            #expect(isTaken == (key == [2, 0]))
        }
        #expect(run.tree().values() == [0, 1, 2, 1, 2])
    }
}
