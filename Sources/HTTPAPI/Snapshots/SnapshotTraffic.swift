// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Locking

/// How many snapshots are saved and restored at once: each costs memory and time of its own.
final class SnapshotTraffic: Sendable {
    /// The most that are saved at once.
    static let saveLimit = 2

    /// Where archives are made: it takes seconds of work, which no event loop may wait for.
    let queue = DispatchQueue(label: "snapshots", qos: .utility, attributes: .concurrent)
    private let saves = Lock(0)
    private let isRestoring = Lock(false)

    /// Begins a save, unless too many are under way.
    func beginSave() -> Bool {
        saves.withLock { count in
            guard count < Self.saveLimit else { return false }
            count += 1
            return true
        }
    }

    /// Ends a save.
    func endSave() { saves.withLock { $0 -= 1 } }

    /// Begins a restore, unless one is under way.
    func beginRestore() -> Bool {
        isRestoring.withLock { isRestoring in
            defer { isRestoring = true }
            return !isRestoring
        }
    }

    /// Ends a restore.
    func endRestore() { isRestoring.withLock { $0 = false } }
}
