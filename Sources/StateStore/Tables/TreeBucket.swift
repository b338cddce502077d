// SPDX-License-Identifier: Apache-2.0

/// A leaf of an ``OrderedTree``.
///
/// `@unchecked Sendable`: changed only while uniquely referenced, by the thread that holds it.
final class TreeBucket<Value: Sendable>: @unchecked Sendable {
    /// Not checked for exclusive access at run time, which costs with each entry that is visited: whoever
    /// changes it has the whole tree as `inout`, and what others still see is copied before.
    @exclusivity(unchecked) private var stored: BucketEntries<Value>

    init(_ entries: BucketEntries<Value>) { unsafe stored = entries }

    var entries: BucketEntries<Value> {
        @inline(__always) _read { yield unsafe stored }
        @inline(__always) _modify { yield unsafe &stored }
    }
}

/// Entries in order, each with the rest of its key: a few, but for those of very long keys.
struct BucketEntries<Value: Sendable>: Sendable {
    /// The rests of the keys, one after the other.
    private var octets: [UInt8] = []
    /// Where each rest ends in ``octets``.
    private var ends: [UInt32] = []
    /// The values, in order of the keys.
    var values: [Value] = []

    /// The rest of the key at a place.
    private func suffix(at index: Int) -> ArraySlice<UInt8> { octets[range(at: index)] }

    private func range(at index: Int) -> Range<Int> {
        (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])
    }

    /// The value of a key; its first `depth` octets are told by the path to this node.
    func find(_ key: [UInt8], from depth: Int) -> Value? {
        let place = place(of: key, from: depth)
        return place.isPresent ? values[place.index] : nil
    }

    /// Where `key`, without its first `depth` octets, stands or would stand.
    func place(of key: [UInt8], from depth: Int) -> (index: Int, isPresent: Bool) {
        var low = 0
        var high = values.count
        while low < high {
            let middle = (low + high) / 2
            let order = compare(at: middle, with: key, from: depth)
            if order == 0 { return (middle, true) }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return (low, false)
    }

    /// Below 0 when the entry comes before the key, 0 when it is the key.
    private func compare(at index: Int, with key: [UInt8], from depth: Int) -> Int {
        let own = range(at: index)
        let count = min(own.count, key.count - depth)
        for offset in 0..<count {
            let a = octets[own.lowerBound + offset]
            let b = key[depth + offset]
            if a != b { return a < b ? -1 : 1 }
        }
        return own.count - (key.count - depth)
    }

    /// Inserts or replaces the value of a key; its first `depth` octets are told by the path.
    mutating func insert(_ value: Value, key: [UInt8], from depth: Int) -> Value? {
        let place = place(of: key, from: depth)
        if place.isPresent {
            let old = values[place.index]
            values[place.index] = value
            return old
        }
        let start = place.index == 0 ? 0 : ends[place.index - 1]
        let suffix = key[depth...]
        octets.insert(contentsOf: suffix, at: Int(start))
        ends.insert(start, at: place.index)
        for later in place.index..<ends.count { ends[later] += UInt32(suffix.count) }
        values.insert(value, at: place.index)
        return nil
    }

    /// Removes a key; its first `depth` octets are told by the path.
    mutating func remove(key: [UInt8], from depth: Int) -> Value? {
        let place = place(of: key, from: depth)
        guard place.isPresent else { return nil }
        let own = range(at: place.index)
        octets.removeSubrange(own)
        ends.remove(at: place.index)
        for later in place.index..<ends.count { ends[later] -= UInt32(own.count) }
        return values.remove(at: place.index)
    }

    /// Changes a value in place; the first `depth` octets of the key are told by the path.
    mutating func modify<Result>(
        key: [UInt8],
        from depth: Int,
        _ body: (inout Value) -> Result
    ) -> Result? {
        let place = place(of: key, from: depth)
        return place.isPresent ? body(&values[place.index]) : nil
    }

    /// Takes the room for so many entries, and so many octets of their keys.
    mutating func reserve(_ count: Int, octets size: Int) {
        octets.reserveCapacity(size)
        ends.reserveCapacity(count)
        values.reserveCapacity(count)
    }

    /// Adds an entry whose key comes after all others.
    mutating func append(_ value: Value, suffix: some Collection<UInt8>) {
        octets.append(contentsOf: suffix)
        ends.append(UInt32(octets.count))
        values.append(value)
    }

    /// The branch that takes the place of these entries when they are too many.
    ///
    /// - Parameter depth: How many octets of the keys the path tells.
    /// - Returns: `nil` when it would stand too deep.
    func burst(at depth: Int) -> BranchFields<Value>? {
        // Sorted: what the first and the last share, all share.
        let first = suffix(at: 0)
        let last = suffix(at: values.count - 1)
        let room = TreeNode<Value>.deepest - depth
        let most = min(first.count, last.count, room)
        var shared = 0
        while shared < most, first[first.startIndex + shared] == last[last.startIndex + shared] {
            shared += 1
        }
        guard shared < room else { return nil }
        var branch = BranchFields<Value>(prefix: Array(first.prefix(shared)))
        var group = BucketEntries()
        var label: UInt8?
        for index in values.indices {
            let rest = suffix(at: index).dropFirst(shared)
            if rest.first != label, let label {
                branch.append(TreeNode(group, at: depth + shared + 1), label: label)
                group = BucketEntries()
            }
            label = rest.first
            if label == nil {
                branch.setOwn(values[index])
            } else {
                group.append(values[index], suffix: rest.dropFirst())
            }
        }
        if let label { branch.append(TreeNode(group, at: depth + shared + 1), label: label) }
        return branch
    }

    func visit(
        prefix: [UInt8],
        key: inout [UInt8],
        _ body: ([UInt8], Value) -> Bool
    ) -> Bool {
        let depth = key.count
        let start = prefix.count > depth ? place(of: prefix, from: depth).index : 0
        for index in start..<values.count {
            let suffix = suffix(at: index)
            if prefix.count > depth, !suffix.starts(with: prefix[depth...]) { return true }
            key.append(contentsOf: suffix)
            let goesOn = body(key, values[index])
            key.removeLast(key.count - depth)
            if !goesOn { return false }
        }
        return true
    }
}
