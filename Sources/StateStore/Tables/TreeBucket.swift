// SPDX-License-Identifier: Apache-2.0

/// A leaf of an ``OrderedTree``: a few entries in order, each with the rest of its key.
///
/// `@unchecked Sendable`: changed only while uniquely referenced, by the thread that holds it.
final class TreeBucket<Value: Sendable>: @unchecked Sendable {
    /// The rests of the keys, one after the other.
    private(set) var octets: [UInt8] = []
    /// Where each rest ends in ``octets``.
    private(set) var ends: [UInt32] = []
    /// The values, in order of the keys.
    var values: [Value] = []

    init() {}

    private init(octets: [UInt8], ends: [UInt32], values: [Value]) {
        self.octets = octets
        self.ends = ends
        self.values = values
    }

    func copy() -> TreeBucket { TreeBucket(octets: octets, ends: ends, values: values) }

    /// The rest of the key at a place.
    func suffix(at index: Int) -> ArraySlice<UInt8> { octets[range(at: index)] }

    private func range(at index: Int) -> Range<Int> {
        (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])
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

    /// Inserts an entry at its place.
    func insert(_ value: Value, suffix: ArraySlice<UInt8>, at index: Int) {
        let start = index == 0 ? 0 : Int(ends[index - 1])
        octets.insert(contentsOf: suffix, at: start)
        ends.insert(UInt32(start), at: index)
        for later in index..<ends.count { ends[later] += UInt32(suffix.count) }
        values.insert(value, at: index)
    }

    /// Removes the entry at a place.
    func remove(at index: Int) -> Value {
        let own = range(at: index)
        octets.removeSubrange(own)
        ends.remove(at: index)
        for later in index..<ends.count { ends[later] -= UInt32(own.count) }
        return values.remove(at: index)
    }

    /// Adds an entry whose key comes after all others.
    func append(_ value: Value, suffix: some Collection<UInt8>) {
        octets.append(contentsOf: suffix)
        ends.append(UInt32(octets.count))
        values.append(value)
    }

    /// The branch that takes the place of this bucket when it is full.
    func burst() -> TreeBranch<Value> {
        // Sorted: what the first and the last share, all share.
        let first = suffix(at: 0)
        let last = suffix(at: values.count - 1)
        let shared = zip(first, last).prefix { $0 == $1 }.count
        let branch = TreeBranch<Value>(prefix: Array(first.prefix(shared)))
        branch.count = values.count
        for index in values.indices {
            let rest = suffix(at: index).dropFirst(shared)
            guard let label = rest.first else {
                branch.own = values[index]
                continue
            }
            branch.append(values[index], label: label, suffix: rest.dropFirst())
        }
        return branch
    }

    func visit(
        prefix: [UInt8], key: inout [UInt8], _ body: ([UInt8], Value) -> Bool
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
