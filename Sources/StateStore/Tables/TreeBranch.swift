// SPDX-License-Identifier: Apache-2.0

/// An inner node of an ``OrderedTree``: octets that all keys below share, perhaps the entry whose
/// key ends there, and a child for each octet that follows.
///
/// `@unchecked Sendable`: changed only while uniquely referenced, by the thread that holds it.
final class TreeBranch<Value: Sendable>: @unchecked Sendable {
    /// The number of entries at and below this node.
    var count = 0
    /// What all keys below share, beyond the path to this node.
    private(set) var prefix: [UInt8]
    /// The value of the key that ends after the prefix.
    var own: Value?
    /// The octets that follow, ascending.
    private(set) var labels: [UInt8] = []
    /// The child for each of ``labels``.
    var children: [TreeNode<Value>] = []

    init(prefix: [UInt8]) { self.prefix = prefix }

    func copy() -> TreeBranch {
        let copy = TreeBranch(prefix: prefix)
        copy.count = count
        copy.own = own
        copy.labels = labels
        copy.children = children
        return copy
    }

    /// Whether `key` goes on with the prefix after its first `depth` octets.
    func prefixMatches(_ key: [UInt8], from depth: Int) -> Bool {
        guard key.count - depth >= prefix.count else { return false }
        for index in prefix.indices where key[depth + index] != prefix[index] { return false }
        return true
    }

    /// How many octets of the prefix `key` goes on with after its first `depth` octets.
    func sharedPrefix(_ key: [UInt8], from depth: Int) -> Int {
        let most = min(prefix.count, key.count - depth)
        var shared = 0
        while shared < most, key[depth + shared] == prefix[shared] { shared += 1 }
        return shared
    }

    /// Where the child for an octet stands.
    func childIndex(of label: UInt8) -> Int? {
        let index = place(of: label)
        return index < labels.count && labels[index] == label ? index : nil
    }

    private func place(of label: UInt8) -> Int {
        var low = 0
        var high = labels.count
        while low < high {
            let middle = (low + high) / 2
            if labels[middle] < label { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// A branch with the first octets of the prefix, above this one with the rest of it.
    func split(at shared: Int) -> TreeBranch {
        let upper = TreeBranch(prefix: Array(prefix[..<shared]))
        upper.count = count
        upper.labels = [prefix[shared]]
        prefix = Array(prefix[(shared + 1)...])
        upper.children = [.branch(self)]
        return upper
    }

    /// Inserts below; the first `depth` octets of the key are told by the path and the prefix.
    func insert(_ value: Value, key: [UInt8], from depth: Int) -> Value? {
        var old: Value?
        if depth == key.count {
            old = own
            own = value
        } else {
            let index = place(of: key[depth])
            if index == labels.count || labels[index] != key[depth] {
                labels.insert(key[depth], at: index)
                children.insert(.empty, at: index)
            }
            old = children[index].insert(value, key: key, from: depth + 1)
        }
        if old == nil { count += 1 }
        return old
    }

    /// Adds an entry after all others, below the last child or a new one.
    func append(_ value: Value, label: UInt8, suffix: ArraySlice<UInt8>) {
        if labels.last != label {
            labels.append(label)
            children.append(.bucket(TreeBucket()))
        }
        if case .bucket(let bucket)? = children.last { bucket.append(value, suffix: suffix) }
    }

    /// Removes a key that is there; the first `depth` octets are told by the path and the prefix.
    func remove(key: [UInt8], from depth: Int) -> Value? {
        var old: Value?
        if depth == key.count {
            old = own
            own = nil
        } else if let index = childIndex(of: key[depth]) {
            old = children[index].remove(key: key, from: depth + 1)
            if children[index].count == 0 {
                labels.remove(at: index)
                children.remove(at: index)
            }
        }
        if old != nil { count -= 1 }
        return old
    }

    /// All entries of this branch in one bucket.
    func gathered() -> TreeBucket<Value> {
        let bucket = TreeBucket<Value>()
        var key: [UInt8] = []
        _ = visit(prefix: [], key: &key) { key, value in
            bucket.append(value, suffix: key)
            return true
        }
        return bucket
    }

    func visit(
        prefix wanted: [UInt8], key: inout [UInt8], _ body: ([UInt8], Value) -> Bool
    ) -> Bool {
        let depth = key.count
        defer { key.removeLast(key.count - depth) }
        let shared = min(prefix.count, max(0, wanted.count - depth))
        for index in 0..<shared where wanted[depth + index] != prefix[index] { return true }
        key.append(contentsOf: prefix)
        if key.count < wanted.count {
            // Only one child can begin with what is wanted.
            let label = wanted[key.count]
            guard let index = childIndex(of: label) else { return true }
            key.append(label)
            return children[index].visit(prefix: wanted, key: &key, body)
        }
        if let own, !body(key, own) { return false }
        for index in children.indices {
            key.append(labels[index])
            if !children[index].visit(prefix: wanted, key: &key, body) { return false }
            key.removeLast()
        }
        return true
    }
}
