// SPDX-License-Identifier: Apache-2.0

/// An inner node of an ``OrderedTree``.
///
/// `@unchecked Sendable`: changed only while uniquely referenced, by the thread that holds it.
final class TreeBranch<Value: Sendable>: @unchecked Sendable {
    /// Not checked for exclusive access at run time, which costs with each entry that is visited: whoever
    /// changes it has the whole tree as `inout`, and what others still see is copied before.
    @exclusivity(unchecked) private var stored: BranchFields<Value>

    init(_ fields: BranchFields<Value>) { unsafe stored = fields }

    var fields: BranchFields<Value> {
        @inline(__always) _read { yield unsafe stored }
        @inline(__always) _modify { yield unsafe &stored }
    }
}

/// Octets that all keys below share, perhaps the entry whose key ends there, and a child for each
/// octet that follows.
struct BranchFields<Value: Sendable>: Sendable {
    /// The number of entries at and below this node.
    private(set) var count = 0
    /// What all keys below share, beyond the path to this node.
    private(set) var prefix: [UInt8]
    /// The value of the key that ends after the prefix.
    private var own: Value?
    /// The octets that follow, ascending.
    private var labels: [UInt8] = []
    /// The child for each of ``labels``.
    private var children: [TreeNode<Value>] = []

    init(prefix: [UInt8]) { self.prefix = prefix }

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

    /// The value of a key; its first `depth` octets are told by the path to this node.
    func find(_ key: [UInt8], from depth: Int) -> Value? {
        guard prefixMatches(key, from: depth) else { return nil }
        let next = depth + prefix.count
        if next == key.count { return own }
        guard let child = childIndex(of: key[next]) else { return nil }
        return children[child].find(key, from: next + 1)
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

    /// Makes this the branch of the first octets of the prefix, above one with the rest of it.
    mutating func split(at shared: Int) {
        var lower = self
        lower.prefix = Array(prefix[(shared + 1)...])
        labels = [prefix[shared]]
        children = [.branch(TreeBranch(lower))]
        prefix = Array(prefix[..<shared])
        own = nil
    }

    /// Inserts below; the first `depth` octets of the key are told by the path to this node.
    mutating func insert(_ value: Value, key: [UInt8], from depth: Int) -> Value? {
        let shared = sharedPrefix(key, from: depth)
        if shared < prefix.count { split(at: shared) }
        let next = depth + shared
        var old: Value?
        if next == key.count {
            old = own
            own = value
        } else {
            let index = place(of: key[next])
            if index == labels.count || labels[index] != key[next] {
                labels.insert(key[next], at: index)
                children.insert(.empty, at: index)
            }
            old = children[index].insert(value, key: key, from: next + 1)
        }
        if old == nil { count += 1 }
        return old
    }

    /// Sets the value of the key that ends after the prefix; there is none yet.
    mutating func setOwn(_ value: Value) {
        own = value
        count += 1
    }

    /// Adds a child after all others.
    mutating func append(_ child: TreeNode<Value>, label: UInt8) {
        labels.append(label)
        children.append(child)
        count += child.count
    }

    /// Takes in the children of a branch with the same prefix whose keys all come after these;
    /// `join` makes one of two children with the same label.
    mutating func takeChildren(
        of later: BranchFields,
        join: (_ last: inout TreeNode<Value>, _ first: TreeNode<Value>) -> Void
    ) {
        precondition(
            later.own == nil || count == 0,
            "a key that ends with the prefix comes first"
        )
        if count == 0 { own = later.own }
        var rest = later.children.indices
        if let last = labels.last, last == later.labels.first {
            join(&children[children.count - 1], later.children[0])
            rest = rest.dropFirst()
        }
        labels.append(contentsOf: later.labels[rest])
        children.append(contentsOf: later.children[rest])
        count += later.count
    }

    /// Removes a key; its first `depth` octets are told by the path to this node.
    mutating func remove(key: [UInt8], from depth: Int) -> Value? {
        guard prefixMatches(key, from: depth) else { return nil }
        let next = depth + prefix.count
        var old: Value?
        if next == key.count {
            old = own.take()
        } else if let index = childIndex(of: key[next]) {
            old = children[index].remove(key: key, from: next + 1)
            if children[index].count == 0 {
                labels.remove(at: index)
                children.remove(at: index)
            }
        }
        if old != nil { count -= 1 }
        return old
    }

    /// Changes a value in place; the first `depth` octets of the key are told by the path.
    mutating func modify<Result>(
        key: [UInt8],
        from depth: Int,
        _ body: (inout Value) -> Result
    ) -> Result? {
        guard prefixMatches(key, from: depth) else { return nil }
        let next = depth + prefix.count
        if next == key.count {
            guard var value = own.take() else { return nil }
            defer { own = value }
            return body(&value)
        }
        guard let index = childIndex(of: key[next]) else { return nil }
        return children[index].modify(key: key, from: next + 1, body)
    }

    /// All entries at and below this node.
    func gathered() -> BucketEntries<Value> {
        var entries = BucketEntries<Value>()
        var key: [UInt8] = []
        _ = visit(prefix: [], key: &key) { key, value in
            entries.append(value, suffix: key)
            return true
        }
        return entries
    }

    func visit(
        prefix wanted: [UInt8],
        key: inout [UInt8],
        _ body: ([UInt8], Value) -> Bool
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
