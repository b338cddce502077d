// SPDX-License-Identifier: Apache-2.0

extension StateStore {
    /// After so many keys in one command, each is not named to watchers any more.
    static let namedKeysLimit = 256

    /// Writes or deletes keys, as a command of its own.
    mutating func change(
        _ operation: KVOperation,
        at index: RaftIndex,
        _ changes: inout Changes
    ) throws(CommandRefusal) {
        do throws(KVFailure) {
            _ = try perform(operation, at: index, &changes)
        } catch {
            switch error {
            case .staleIndex: throw .indexMismatch
            case .lockHeld, .lockDelayed, .notHeld: throw .lockRefused
            case .invalid(let text): throw .invalid(text)
            }
        }
    }

    /// Does what an operation says; one that fails changes nothing.
    ///
    /// - Returns: the entries to report in a transaction.
    mutating func perform(
        _ operation: KVOperation,
        at index: RaftIndex,
        _ changes: inout Changes
    ) throws(KVFailure) -> [KVRow] {
        guard !operation.key.isEmpty || operation.verb.isOfTree else {
            throw .invalid("Must provide key")
        }
        if operation.verb.isWrite {
            return try write(operation, at: index, &changes).map { [$0.withoutValue] } ?? []
        }
        return try read(operation)
    }

    /// - Returns: the entry as it stands afterwards; `nil` when it is gone.
    private mutating func write(
        _ operation: KVOperation,
        at index: RaftIndex,
        _ changes: inout Changes
    ) throws(KVFailure) -> KVRow? {
        let existing = kvTable.entry(operation.key)?.row
        switch operation.verb {
        case .set: break
        case .cas:
            guard operation.index == existing?.modifyIndex ?? .zero else { throw .staleIndex }
        case .lock: return try lock(operation, existing, at: index, &changes)
        case .unlock: return try unlock(operation, existing, at: index, &changes)
        case .delete:
            removeKey(operation.key, at: index, &changes)
            return nil
        case .deleteCAS:
            // API-053: what is there was never changed at index 0.
            guard let existing else { return nil }
            guard operation.index == existing.modifyIndex else { throw .staleIndex }
            removeKey(operation.key, at: index, &changes)
            return nil
        default:
            removeKeys(prefix: operation.key, at: index, &changes)
            return nil
        }
        // API-095: a plain write keeps the session, and forgets how often the lock was acquired.
        return try put(
            operation,
            session: existing?.session ?? "",
            lockIndex: 0,
            existing,
            at: index,
            &changes
        )
    }

    /// Consul: state.kvsLockTxn; the lock-delay is looked at here, by the time of the command.
    private mutating func lock(
        _ operation: KVOperation,
        _ existing: KVRow?,
        at index: RaftIndex,
        _ changes: inout Changes
    ) throws(KVFailure) -> KVRow {
        let key = TreeKey.make(operation.key)
        if kvTable.delays.isDelayed(key, at: time) { throw .lockDelayed }
        guard !operation.session.isEmpty else { throw .invalid("missing session") }
        guard let session = sessionTable.session(operation.session)?.id else {
            throw .invalid("invalid session \(GoQuoted.text(operation.session))")
        }
        let holder = existing?.session ?? ""
        guard holder.isEmpty || holder == session else { throw .lockHeld }
        let count = existing?.lockIndex ?? 0
        return try put(
            operation,
            session: session,
            lockIndex: holder.isEmpty ? count &+ 1 : count,
            existing,
            at: index,
            &changes
        )
    }

    private mutating func unlock(
        _ operation: KVOperation,
        _ existing: KVRow?,
        at index: RaftIndex,
        _ changes: inout Changes
    ) throws(KVFailure) -> KVRow {
        guard !operation.session.isEmpty else { throw .invalid("missing session") }
        guard let existing, !existing.session.isEmpty,
            Self.folded(existing.session) == Self.folded(operation.session)
        else { throw .notHeld }
        return try put(
            operation,
            session: "",
            lockIndex: existing.lockIndex,
            existing,
            at: index,
            &changes
        )
    }

    private mutating func put(
        _ operation: KVOperation,
        session: String,
        lockIndex: UInt64,
        _ existing: KVRow?,
        at index: RaftIndex,
        _ changes: inout Changes
    ) throws(KVFailure) -> KVRow {
        var row = KVRow(
            key: operation.key,
            value: operation.value,
            flags: operation.flags,
            session: session,
            lockIndex: lockIndex
        )
        row.createIndex = existing?.createIndex ?? index
        row.modifyIndex = existing?.modifyIndex ?? index
        // API-042: what says what is there already wakes nobody.
        if row == existing { return row }
        row.modifyIndex = index
        kvTable.update(row)
        noteKeyChange(row.key, at: index, &changes)
        return row
    }

    private mutating func removeKey(
        _ key: String,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        let octets = TreeKey.make(key)
        guard kvTable.remove(octets) != nil else { return }
        kvTable.graveyard.bury(octets, at: index)
        noteKeyChange(key, at: index, &changes)
    }

    private mutating func removeKeys(
        prefix: String,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        let octets = TreeKey.make(prefix)
        let rows = kvTable.entries.values(prefix: octets).map(\.row)
        guard !rows.isEmpty else { return }
        for row in rows { _ = kvTable.remove(TreeKey.make(row.key)) }
        kvTable.graveyard.bury(prefix: octets, at: index)
        noteKeyChanges(rows.map(\.key), at: index, &changes)
    }

    /// A session ended: its keys are released or go, and their locks are delayed (HTTP API 5.8).
    mutating func releaseKeys(
        of session: SessionRow,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        let keys = kvTable.keys(heldBy: session.id)
        let delay = min(session.lockDelay, SessionRow.maximumLockDelay)
        for key in keys {
            let octets = TreeKey.make(key)
            switch session.behavior {
            case .release:
                guard var row = kvTable.entry(key)?.row else { continue }
                row.session = ""
                row.modifyIndex = index
                kvTable.update(row)
            case .delete:
                _ = kvTable.remove(octets)
                kvTable.graveyard.bury(octets, at: index)
            }
            if delay > .zero {
                kvTable.delays.delay(octets, until: time.advanced(by: delay), at: time)
            }
        }
        noteKeyChanges(keys, at: index, &changes)
    }

    private mutating func noteKeyChanges(
        _ keys: [String],
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        guard keys.count > Self.namedKeysLimit else {
            for key in keys { noteKeyChange(key, at: index, &changes) }
            return
        }
        tableIndexes.keys = index
        changes.topics.insert(.manyKeys)
    }

    private mutating func noteKeyChange(
        _ key: String,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        tableIndexes.keys = index
        changes.topics.insert(.key(key))
        for prefix in KeyPrefix.all(of: key) { changes.topics.insert(.keyPrefix(prefix)) }
    }

    /// The reads of a transaction.
    private func read(_ operation: KVOperation) throws(KVFailure) -> [KVRow] {
        let key = GoQuoted.text(operation.key)
        if operation.verb == .getTree {
            return kvTable.entries.values(prefix: TreeKey.make(operation.key)).map(\.row)
        }
        let row = kvTable.entry(operation.key)?.row
        switch operation.verb {
        case .get:
            guard let row else { throw .invalid("key \(key) doesn't exist") }
            return [row]
        case .getOrEmpty:
            return [row ?? KVRow(key: operation.key, flags: operation.flags)]
        case .checkSession:
            guard let row else {
                throw .invalid("failed to check session: key \(key) doesn't exist")
            }
            guard row.session == operation.session else {
                throw .invalid(
                    "failed session check for key \(key), current session "
                        + "\(GoQuoted.text(row.session)) != \(GoQuoted.text(operation.session))"
                )
            }
            return [row.withoutValue]
        case .checkIndex:
            guard let row else { throw .invalid("failed to check index, key \(key) doesn't exist") }
            guard row.modifyIndex == operation.index else {
                throw .invalid(
                    "failed index check for key \(key), current modify index "
                        + "\(row.modifyIndex.rawValue) != \(operation.index.rawValue)"
                )
            }
            return [row.withoutValue]
        default:
            guard row == nil else { throw .invalid("key \(key) exists") }
            return []
        }
    }
}
