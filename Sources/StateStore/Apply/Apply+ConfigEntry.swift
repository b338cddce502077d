// SPDX-License-Identifier: Apache-2.0

extension StateStore {
    /// Writes or deletes a config entry.
    mutating func change(
        _ change: ConfigEntryChange,
        at index: RaftIndex,
        _ changes: inout Changes
    ) throws(CommandRefusal) {
        let entry = change.entry
        let existing = configEntryTable.entry(entry.kind, named: entry.name)
        if !change.isDeletion { try validate(entry) }
        if let expected = change.expectedIndex {
            // Consul: 0 asks for an entry that does not exist; nothing that is not there can be
            // deleted at an index.
            guard expected == existing?.modifyIndex ?? .zero, !change.isDeletion || existing != nil
            else { throw .indexMismatch }
        }
        if change.isDeletion {
            guard let existing else { return }
            configEntryTable.remove(existing.kind, named: existing.name)
            noteChange(of: existing.kind, at: index, &changes)
            for service in existing.servicesWithVirtualAddress {
                releaseVirtualAddress(of: service)
            }
            return
        }
        var row = entry
        row.createIndex = existing?.createIndex ?? index
        row.modifyIndex = existing?.modifyIndex ?? index
        // HTTP API 4.14: a write equal to the stored entry is a no-op.
        if row == existing { return }
        row.modifyIndex = index
        configEntryTable.update(row)
        noteChange(of: row.kind, at: index, &changes)
        for service in row.servicesWithVirtualAddress { virtualAddressTable.assign(to: service) }
        for service in existing?.servicesWithVirtualAddress ?? [] {
            releaseVirtualAddress(of: service)
        }
    }

    /// Takes a service's virtual address back once nothing needs it.
    ///
    /// Consul: state.freeServiceVirtualIP: it stays as long as there is an instance of that name.
    mutating func releaseVirtualAddress(of service: String) {
        let key = TreeKey.make(service)
        guard serviceTable[key] == nil, connectTable[key] == nil,
            !configEntryTable.needsVirtualAddress(service)
        else { return }
        virtualAddressTable.release(of: service)
    }

    private mutating func noteChange(
        of kind: ConfigEntryKind,
        at index: RaftIndex,
        _ changes: inout Changes
    ) {
        tableIndexes.configEntries = index
        changes.topics.insert(.configEntries)
        guard kind == .terminatingGateway else { return }
        tableIndexes.terminatingGateways = index
        changes.topics.insert(.terminatingGateways)
    }

    private func validate(_ entry: ConfigEntryRow) throws(CommandRefusal) {
        guard ConfigEntryKind.known.contains(entry.kind) else {
            throw .invalid("invalid config entry kind: \(entry.kind.rawValue)")
        }
        if entry.name.isEmpty { throw .invalid("Name is required") }
    }
}
