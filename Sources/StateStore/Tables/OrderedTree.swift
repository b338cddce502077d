// SPDX-License-Identifier: Apache-2.0

/// A persistent map from octets to values, ordered by octets: copying it is O(1), a change copies
/// only the path from the root to what changed, and nothing at all when nobody else holds it.
///
/// A radix tree whose leaves are buckets (a burst trie): a bucket holds up to
/// ``bucketCapacity`` entries, sorted, with only the octets that the path above does not tell. A
/// full bucket bursts into a branch with one bucket per next octet; a branch that has shrunk
/// becomes a bucket again. That keeps an entry of a large table at about 20 octets beside its
/// value.
///
/// Invariant: a node reachable from two trees is never changed. Every change goes through
/// `isKnownUniquelyReferenced` on the way down.
public struct OrderedTree<Value: Sendable>: Sendable {
    private var root = TreeNode<Value>.empty

    /// An empty tree.
    public init() {}

    /// The number of entries.
    public var count: Int { root.count }

    /// Whether there is no entry.
    public var isEmpty: Bool { root.count == 0 }

    /// The value of a key.
    public subscript(key: [UInt8]) -> Value? { root.find(key) }

    /// Sets the value of a key and returns the value that it had.
    @discardableResult
    public mutating func updateValue(_ value: Value, forKey key: [UInt8]) -> Value? {
        root.insert(value, key: key, from: 0)
    }

    /// Removes a key and returns the value that it had.
    @discardableResult
    public mutating func removeValue(forKey key: [UInt8]) -> Value? {
        // Looked up first, so that nothing is copied for a key that is not there.
        guard root.find(key) != nil else { return nil }
        return root.remove(key: key, from: 0)
    }

    /// Changes the value of a key in place; does nothing when the key is not there.
    ///
    /// - Returns: what `body` returns, or `nil` when the key is not there.
    public mutating func modify<Result>(
        _ key: [UInt8], _ body: (inout Value) -> Result
    ) -> Result? {
        guard root.find(key) != nil else { return nil }
        return root.modify(key: key, from: 0, body)
    }

    /// Visits the entries whose keys begin with `prefix`, in order, until `body` returns `false`.
    public func forEach(
        prefix: [UInt8] = [], _ body: (_ key: [UInt8], _ value: Value) -> Bool
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

/// The most entries of a bucket, after which it bursts. Measured: 16 costs more memory, 64 makes
/// changes under a snapshot slower.
let bucketCapacity = 32

/// A node of an ``OrderedTree``.
enum TreeNode<Value: Sendable>: Sendable {
    case empty
    case bucket(TreeBucket<Value>)
    case branch(TreeBranch<Value>)

    var count: Int {
        switch self {
        case .empty: 0
        case .bucket(let bucket): bucket.values.count
        case .branch(let branch): branch.count
        }
    }

    /// The value of `key`.
    func find(_ key: [UInt8]) -> Value? {
        var node = self
        var depth = 0
        while true {
            switch node {
            case .empty:
                return nil
            case .bucket(let bucket):
                let place = bucket.place(of: key, from: depth)
                return place.isPresent ? bucket.values[place.index] : nil
            case .branch(let branch):
                guard branch.prefixMatches(key, from: depth) else { return nil }
                depth += branch.prefix.count
                if depth == key.count { return branch.own }
                guard let child = branch.childIndex(of: key[depth]) else { return nil }
                depth += 1
                node = branch.children[child]
            }
        }
    }

    /// Inserts below this node, of which the first `depth` octets of the key are told by the path.
    mutating func insert(_ value: Value, key: [UInt8], from depth: Int) -> Value? {
        switch self {
        case .empty:
            let bucket = TreeBucket<Value>()
            bucket.insert(value, suffix: key[depth...], at: 0)
            self = .bucket(bucket)
            return nil
        case .bucket(var bucket):
            self = .empty  // gives up this node's reference, so that uniqueness can be seen
            if !isKnownUniquelyReferenced(&bucket) { bucket = bucket.copy() }
            let place = bucket.place(of: key, from: depth)
            if place.isPresent {
                let old = bucket.values[place.index]
                bucket.values[place.index] = value
                self = .bucket(bucket)
                return old
            }
            bucket.insert(value, suffix: key[depth...], at: place.index)
            self = bucket.values.count > bucketCapacity ? .branch(bucket.burst()) : .bucket(bucket)
            return nil
        case .branch(var branch):
            self = .empty
            if !isKnownUniquelyReferenced(&branch) { branch = branch.copy() }
            let shared = branch.sharedPrefix(key, from: depth)
            if shared < branch.prefix.count { branch = branch.split(at: shared) }
            let old = branch.insert(value, key: key, from: depth + shared)
            self = .branch(branch)
            return old
        }
    }

    /// Removes `key`, which is there.
    mutating func remove(key: [UInt8], from depth: Int) -> Value? {
        switch self {
        case .empty:
            return nil
        case .bucket(var bucket):
            self = .empty
            if !isKnownUniquelyReferenced(&bucket) { bucket = bucket.copy() }
            let place = bucket.place(of: key, from: depth)
            let old = place.isPresent ? bucket.remove(at: place.index) : nil
            if !bucket.values.isEmpty { self = .bucket(bucket) }
            return old
        case .branch(var branch):
            self = .empty
            if !isKnownUniquelyReferenced(&branch) { branch = branch.copy() }
            let old = branch.remove(key: key, from: depth + branch.prefix.count)
            if branch.count == 0 {
                self = .empty
            } else if branch.count <= bucketCapacity / 2 {
                self = .bucket(branch.gathered())
            } else {
                self = .branch(branch)
            }
            return old
        }
    }

    /// Changes the value of `key`, which is there, in place.
    mutating func modify<Result>(
        key: [UInt8], from depth: Int, _ body: (inout Value) -> Result
    ) -> Result? {
        switch self {
        case .empty:
            return nil
        case .bucket(var bucket):
            self = .empty
            if !isKnownUniquelyReferenced(&bucket) { bucket = bucket.copy() }
            defer { self = .bucket(bucket) }
            let place = bucket.place(of: key, from: depth)
            return place.isPresent ? body(&bucket.values[place.index]) : nil
        case .branch(var branch):
            self = .empty
            if !isKnownUniquelyReferenced(&branch) { branch = branch.copy() }
            defer { self = .branch(branch) }
            let next = depth + branch.prefix.count
            if next == key.count {
                guard var own = branch.own else { return nil }
                branch.own = nil
                defer { branch.own = own }
                return body(&own)
            }
            guard let child = branch.childIndex(of: key[next]) else { return nil }
            return branch.children[child].modify(key: key, from: next + 1, body)
        }
    }

    /// Visits in order the entries below that begin with `prefix`; `key` is the path so far.
    func visit(
        prefix: [UInt8], key: inout [UInt8], _ body: ([UInt8], Value) -> Bool
    ) -> Bool {
        switch self {
        case .empty: true
        case .bucket(let bucket): bucket.visit(prefix: prefix, key: &key, body)
        case .branch(let branch): branch.visit(prefix: prefix, key: &key, body)
        }
    }
}
