// SPDX-License-Identifier: Apache-2.0
public import Publication

/// Recursors' answers published for the fast line: one writer, any number of readers, neither waits
/// for the other (the same table as the view of the catalog, dns-performance.md 6).
///
/// Its owner, who decides what is kept and how long, calls it under a lock of its own.
@safe
public final class KeptAnswers {
    private let table: PublishedTable
    private var isChanged = false

    /// None yet.
    ///
    /// - Parameter seed: what makes the hashes of names unpredictable.
    public init(seed: UInt64) { table = PublishedTable(seed: seed) }

    deinit { table.forEachEntry { unsafe $0.base.deallocate() } }

    /// How many there are.
    public var count: Int { table.count }

    /// Makes a reader, which must not outlive this.
    public func makeReader() -> ViewReader { table.makeReader() }

    /// Puts an answer in the place of the one with the same key; one that does not fit is left out.
    public func insert(_ answer: KeptAnswer) {
        guard answer.key.isFitting else { return }
        let old = OwnedKey(answer.key.octets).withKey { key in
            table.insert(KeptEntry.make(answer, key: key, seed: table.seed))
        }
        if let old { table.retire(old) }
        isChanged = true
    }

    /// Takes an answer out.
    public func remove(_ key: KeptAnswer.Key) {
        guard key.isFitting else { return }
        let old = OwnedKey(key.octets).withKey { key in
            table.remove(kind: KeptEntry.kind, key: key)
        }
        guard let old else { return }
        table.retire(old)
        isChanged = true
    }

    /// Takes all of them out.
    public func removeAll() {
        var entries: [Entry] = []
        table.forEachEntry { entries.append($0) }
        for entry in entries where table.remove(kind: KeptEntry.kind, key: entry.key) != nil {
            table.retire(entry)
            isChanged = true
        }
    }

    /// Ends a group of changes: every look that begins later sees them.
    public func publish() {
        guard isChanged || table.retiredOctets > 0 else { return }
        isChanged = false
        table.publish()
    }
}
