// SPDX-License-Identifier: Apache-2.0

extension StateStore {
    /// Applies a command.
    ///
    /// Commands come in index order; a refused one changes nothing but ``lastIndex``.
    ///
    /// - Returns: what changed; empty when the command said what the store already held.
    public mutating func apply(
        _ command: Command,
        at index: RaftIndex
    ) throws(CommandRefusal) -> Changes {
        precondition(index > lastIndex, "command \(index) after \(lastIndex)")
        lastIndex = index
        var changes = Changes()
        switch command {
        case .register(let registration):
            try validate(registration)
            register(registration, at: index, &changes)
        case .deregister(let deregistration):
            deregister(deregistration, at: index, &changes)
        case .preparedQuery(let change):
            try self.change(change, at: index, &changes)
        case .configEntry(let change):
            try self.change(change, at: index, &changes)
        case .coordinates(let rows):
            update(rows, at: index, &changes)
        }
        return changes
    }
}
