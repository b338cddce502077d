// SPDX-License-Identifier: Apache-2.0

/// A persistent map from octets to values, ordered by octets: copying it is O(1), a change copies
/// only the path from the root to what changed, and nothing at all when nobody else holds it.
///
/// A radix tree whose leaves are buckets (a burst trie): a bucket holds a few entries, sorted, with
/// only the octets that the path above does not tell. A full bucket bursts into a branch with one
/// bucket per next octet; a branch that has shrunk becomes a bucket again. That keeps an entry of
/// a large table at about 20 octets beside its value.
///
/// Branches follow what keys share, and every walk is recursive, its end included: where keys go on to share octets
/// beyond ``TreeNode/deepest`` no bucket bursts any more, so that no keys whatever make a walk deeper than a stack.
///
/// Invariant: a node reachable from two trees is never changed. Every change goes through
/// `isKnownUniquelyReferenced` on the way down.
public struct OrderedTree<Value: Sendable>: Sendable {
    var root = TreeNode<Value>.empty

    /// An empty tree.
    public init() {}

    /// The tree with a root.
    init(root: TreeNode<Value>) { self.root = root }

    /// The number of entries.
    public var count: Int { root.count }

    /// Whether there is no entry.
    public var isEmpty: Bool { root.count == 0 }

    /// The value of a key.
    public subscript(key: [UInt8]) -> Value? { root.find(key, from: 0) }

    /// Sets the value of a key and returns the value that it had.
    @discardableResult
    public mutating func updateValue(_ value: Value, forKey key: [UInt8]) -> Value? {
        root.insert(value, key: key, from: 0)
    }

    /// Removes a key and returns the value that it had.
    @discardableResult
    public mutating func removeValue(forKey key: [UInt8]) -> Value? {
        root.remove(key: key, from: 0)
    }

    /// Changes the value of a key in place; does nothing when the key is not there.
    ///
    /// - Returns: what `body` returns, or `nil` when the key is not there.
    public mutating func modify<Result>(
        _ key: [UInt8],
        _ body: (inout Value) -> Result
    ) -> Result? {
        root.modify(key: key, from: 0, body)
    }

    /// Visits the entries whose keys begin with `prefix`, in order, until `body` returns `false`.
    public func forEach(
        prefix: [UInt8] = [],
        _ body: (_ key: [UInt8], _ value: Value) -> Bool
    ) {
        var key: [UInt8] = []
        _ = root.visit(prefix: prefix, key: &key, body)
    }

    /// The values whose keys begin with `prefix`, in order of the keys.
    public func values(prefix: [UInt8] = []) -> [Value] {
        var result: [Value] = []
        if prefix.isEmpty { result.reserveCapacity(count) }
        forEach(prefix: prefix) { _, value in
            result.append(value)
            return true
        }
        return result
    }
}

/// A node of an ``OrderedTree``.
enum TreeNode<Value: Sendable>: Sendable {
    case empty
    case bucket(TreeBucket<Value>)
    case branch(TreeBranch<Value>)

    /// The most entries of a bucket, after which it bursts.
    ///
    /// More saves memory and depth; but a change under a snapshot copies a bucket, which retains
    /// every value in it, each on a cache line of its own. Values without content cost nothing
    /// there.
    static var bucketCapacity: Int { MemoryLayout<Value>.size == 0 ? 32 : 16 }

    /// How many octets of a key the path to a branch may tell at most, its own prefix included.
    ///
    /// A bucket that would burst further down holds what comes, however much. Names and IDs end before (`NameLimit`,
    /// up to three in a key).
    static var deepest: Int { 4096 }

    /// The node of entries, however many they are; the path to it tells so many octets of their keys.
    init(_ entries: BucketEntries<Value>, at depth: Int) {
        if entries.values.isEmpty {
            self = .empty
        } else if entries.values.count > Self.bucketCapacity, let branch = entries.burst(at: depth)
        {
            self = .branch(TreeBranch(branch))
        } else {
            self = .bucket(TreeBucket(entries))
        }
    }

    var count: Int {
        switch self {
        case .empty: 0
        case .bucket(let bucket): bucket.entries.values.count
        case .branch(let branch): branch.fields.count
        }
    }

    /// The value of `key`, of which the first `depth` octets are told by the path.
    func find(_ key: [UInt8], from depth: Int) -> Value? {
        switch self {
        case .empty: nil
        case .bucket(let bucket): bucket.entries.find(key, from: depth)
        case .branch(let branch): branch.fields.find(key, from: depth)
        }
    }

    // A change first gives up this node's own reference, so that uniqueness can be seen.

    /// Inserts below this node, of which the first `depth` octets of the key are told by the path.
    mutating func insert(_ value: Value, key: [UInt8], from depth: Int) -> Value? {
        switch self {
        case .empty:
            var entries = BucketEntries<Value>()
            entries.append(value, suffix: key[depth...])
            self = .bucket(TreeBucket(entries))
            return nil
        case .bucket(var bucket):
            self = .empty
            if !isKnownUniquelyReferenced(&bucket) { bucket = TreeBucket(bucket.entries) }
            let old = bucket.entries.insert(value, key: key, from: depth)
            if bucket.entries.values.count > Self.bucketCapacity,
                let branch = bucket.entries.burst(at: depth)
            {
                self = .branch(TreeBranch(branch))
            } else {
                self = .bucket(bucket)
            }
            return old
        case .branch(var branch):
            self = .empty
            if !isKnownUniquelyReferenced(&branch) { branch = TreeBranch(branch.fields) }
            defer { self = .branch(branch) }
            return branch.fields.insert(value, key: key, from: depth)
        }
    }

    /// Removes `key`.
    mutating func remove(key: [UInt8], from depth: Int) -> Value? {
        switch self {
        case .empty:
            return nil
        case .bucket(var bucket):
            self = .empty
            if !isKnownUniquelyReferenced(&bucket) { bucket = TreeBucket(bucket.entries) }
            let old = bucket.entries.remove(key: key, from: depth)
            if !bucket.entries.values.isEmpty { self = .bucket(bucket) }
            return old
        case .branch(var branch):
            self = .empty
            if !isKnownUniquelyReferenced(&branch) { branch = TreeBranch(branch.fields) }
            let old = branch.fields.remove(key: key, from: depth)
            if branch.fields.count == 0 {
                self = .empty
            } else if branch.fields.count <= Self.bucketCapacity / 2 {
                self = .bucket(TreeBucket(branch.fields.gathered()))
            } else {
                self = .branch(branch)
            }
            return old
        }
    }

    /// Changes the value of `key` in place.
    mutating func modify<Result>(
        key: [UInt8],
        from depth: Int,
        _ body: (inout Value) -> Result
    ) -> Result? {
        switch self {
        case .empty:
            return nil
        case .bucket(var bucket):
            self = .empty
            if !isKnownUniquelyReferenced(&bucket) { bucket = TreeBucket(bucket.entries) }
            defer { self = .bucket(bucket) }
            return bucket.entries.modify(key: key, from: depth, body)
        case .branch(var branch):
            self = .empty
            if !isKnownUniquelyReferenced(&branch) { branch = TreeBranch(branch.fields) }
            defer { self = .branch(branch) }
            return branch.fields.modify(key: key, from: depth, body)
        }
    }

    /// Visits in order the entries below that begin with `prefix`; `key` is the path so far.
    func visit(
        prefix: [UInt8],
        key: inout [UInt8],
        _ body: ([UInt8], Value) -> Bool
    ) -> Bool {
        switch self {
        case .empty: true
        case .bucket(let bucket): bucket.entries.visit(prefix: prefix, key: &key, body)
        case .branch(let branch): branch.fields.visit(prefix: prefix, key: &key, body)
        }
    }
}
