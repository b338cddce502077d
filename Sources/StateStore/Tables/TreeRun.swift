// SPDX-License-Identifier: Apache-2.0

/// Entries in ascending order of their keys, of which a tree is built at once: each node is made
/// when all that belongs into it is known, so that nothing is copied, moved or burst.
struct TreeRun<Value: Sendable>: Sendable {
    /// The keys, one after the other.
    private var octets: [UInt8] = []
    /// Where each key ends in ``octets``.
    private var ends: [Int] = []
    /// The values, in order of the keys.
    private(set) var values: [Value] = []

    /// The number of entries.
    var count: Int { values.count }

    /// Forgets the entries and keeps the memory.
    mutating func removeAll() {
        octets.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
    }

    /// Adds an entry.
    ///
    /// - Returns: Whether its key comes after all others; one that does not is left out.
    mutating func append(_ value: Value, key: some Collection<UInt8>) -> Bool {
        append(value) { $0.append(contentsOf: key) }
    }

    /// Adds an entry whose key `write` appends to octets.
    ///
    /// - Returns: Whether its key comes after all others; one that does not is left out.
    @inline(__always)
    mutating func append(_ value: Value, write: (inout [UInt8]) -> Void) -> Bool {
        let start = octets.count
        write(&octets)
        guard values.isEmpty || isAscending(start) else {
            octets.removeLast(octets.count - start)
            return false
        }
        ends.append(octets.count)
        values.append(value)
        return true
    }

    /// The key of an entry.
    func key(at index: Int) -> ArraySlice<UInt8> { octets[start(of: index)..<ends[index]] }

    /// The tree of all entries.
    func tree() -> OrderedTree<Value> { OrderedTree(root: node(0..<values.count, from: 0)) }

    private func start(of index: Int) -> Int { index == 0 ? 0 : ends[index - 1] }

    /// Whether the key that begins at `start` and ends with the octets comes after the last one.
    private func isAscending(_ start: Int) -> Bool {
        let first = self.start(of: values.count - 1)
        let (old, new) = (start - first, octets.count - start)
        var offset = 0
        while offset < old, offset < new {
            let (a, b) = (octets[first + offset], octets[start + offset])
            if a != b { return a < b }
            offset += 1
        }
        return old < new
    }

    /// The node of some entries; what stands before `depth` in their keys is told by the path.
    private func node(_ range: Range<Int>, from depth: Int) -> TreeNode<Value> {
        if range.isEmpty { return .empty }
        if range.count <= TreeNode<Value>.bucketCapacity {
            return .bucket(TreeBucket(bucket(range, from: depth)))
        }
        // Sorted: what the first and the last share, all share.
        let first = start(of: range.lowerBound) + depth
        let last = start(of: range.upperBound - 1) + depth
        let most = min(ends[range.lowerBound] - first, ends[range.upperBound - 1] - last)
        var shared = 0
        while shared < most, octets[first + shared] == octets[last + shared] { shared += 1 }
        guard depth + shared < TreeNode<Value>.deepest else {
            return .bucket(TreeBucket(bucket(range, from: depth)))
        }
        var branch = BranchFields<Value>(prefix: Array(octets[first..<(first + shared)]))
        let next = depth + shared
        var index = range.lowerBound
        if start(of: index) + next == ends[index] {
            branch.setOwn(values[index])
            index += 1
        }
        while index < range.upperBound {
            let label = octets[start(of: index) + next]
            var end = index + 1
            while end < range.upperBound, octets[start(of: end) + next] == label { end += 1 }
            branch.append(node(index..<end, from: next + 1), label: label)
            index = end
        }
        return .branch(TreeBranch(branch))
    }

    private func bucket(_ range: Range<Int>, from depth: Int) -> BucketEntries<Value> {
        var entries = BucketEntries<Value>()
        let first = start(of: range.lowerBound)
        let size = ends[range.upperBound - 1] - first - depth * range.count
        entries.reserve(range.count, octets: size)
        for index in range {
            entries.append(values[index], suffix: octets[(start(of: index) + depth)..<ends[index]])
        }
        return entries
    }
}

extension OrderedTree {
    /// Takes in entries that all come after its own.
    ///
    /// - Precondition: each key of `later` comes after each key of this tree.
    mutating func append(_ later: OrderedTree) { root.append(later.root, at: 0) }
}

extension TreeNode {
    /// Takes in entries that all come after its own; both stand below the same path, which tells so many octets.
    fileprivate mutating func append(_ later: TreeNode, at depth: Int) {
        switch (self, later) {
        case (_, .empty): return
        case (.empty, _): self = later
        case (.bucket(let bucket), .bucket(let other)):
            var entries = bucket.entries
            entries.append(other.entries)
            self = .empty
            self = TreeNode(entries, at: depth)
        case (.bucket(let bucket), .branch(let branch)):
            var fields = branch.fields
            bucket.entries.forEach(behind: depth) { key, value in
                _ = fields.insert(value, key: key, from: depth)
            }
            self = .branch(TreeBranch(fields))
        case (.branch(var branch), .bucket(let bucket)):
            self = .empty
            if !isKnownUniquelyReferenced(&branch) { branch = TreeBranch(branch.fields) }
            bucket.entries.forEach(behind: depth) { key, value in
                _ = branch.fields.insert(value, key: key, from: depth)
            }
            self = .branch(branch)
        case (.branch(var branch), .branch(let other)):
            self = .empty
            if !isKnownUniquelyReferenced(&branch) { branch = TreeBranch(branch.fields) }
            branch.fields.append(other.fields, at: depth)
            self = .branch(branch)
        }
    }
}

extension BucketEntries {
    /// Adds entries that all come after these.
    fileprivate mutating func append(_ later: BucketEntries) {
        later.forEach(behind: 0) { key, value in append(value, suffix: key) }
    }

    /// Visits the entries with the rests of their keys, behind so many octets that stand for the path.
    fileprivate func forEach(behind depth: Int, _ body: ([UInt8], Value) -> Void) {
        var key = [UInt8](repeating: 0, count: depth)
        _ = visit(prefix: [], key: &key) { key, value in
            body(key, value)
            return true
        }
    }
}

extension BranchFields {
    /// Takes in entries that all come after its own; both stand below the same path, which tells so many octets.
    fileprivate mutating func append(_ later: BranchFields, at depth: Int) {
        var later = later
        let shared = later.sharedPrefix(prefix, from: 0)
        if shared < prefix.count { split(at: shared) }
        if shared < later.prefix.count { later.split(at: shared) }
        takeChildren(of: later) { last, first in last.append(first, at: depth + shared + 1) }
    }
}
