// SPDX-License-Identifier: Apache-2.0
import Checks
import HeapModule

/// The timers of all checks, so that the event loop holds one for them all.
///
/// An event loop looks through all its timers to cancel one, which each run does twice. Here what
/// is replaced or cleared stays in the heap until its time has come, or until there is more of
/// that than of what counts.
struct TimerQueue: Sendable {
    /// A timer of a check.
    struct Key: Hashable, Sendable {
        /// Which check; no other ever has this number.
        let generation: UInt64
        /// Which of its timers.
        let timer: CheckTimer
    }

    /// A timer that has gone off.
    struct Due: Hashable, Sendable {
        /// The ID of the check.
        let id: String
        /// Which check and which of its timers.
        let key: Key
        /// When it was to go off.
        let deadline: Duration
    }

    private struct Item: Comparable, Sendable {
        let due: Due
        var deadline: Duration { due.deadline }

        static func < (left: Item, right: Item) -> Bool { left.deadline < right.deadline }
    }

    /// How many replaced timers are kept in any case.
    private static let slack = 64

    private var heap = Heap<Item>()
    private var deadlines: [Key: Duration] = [:]

    /// Makes a queue without timers.
    init() {}

    /// The number of timers that are set.
    var count: Int { deadlines.count }

    /// How many places the queue takes: at most twice ``count`` and a little.
    var places: Int { heap.count }

    /// No timer is due before this; `nil` where none is set.
    var next: Duration? { heap.min?.deadline }

    /// Sets a timer of a check, in place of the one that was set.
    mutating func set(_ key: Key, of id: String, at deadline: Duration) {
        deadlines[key] = deadline
        heap.insert(Item(due: Due(id: id, key: key, deadline: deadline)))
        compact()
    }

    /// Forgets a timer.
    mutating func clear(_ key: Key) {
        deadlines[key] = nil
        compact()
    }

    /// Forgets all timers of a check.
    mutating func clear(generation: UInt64) {
        for timer in CheckTimer.allCases {
            deadlines[Key(generation: generation, timer: timer)] = nil
        }
        compact()
    }

    /// Takes out the timers whose time has come, the oldest first.
    mutating func takeDue(at now: Duration) -> [Due] {
        var due: [Due] = []
        while let item = heap.min, item.deadline <= now {
            heap.removeMin()
            guard isSet(item) else { continue }
            deadlines[item.due.key] = nil
            due.append(item.due)
        }
        return due
    }

    private func isSet(_ item: Item) -> Bool { deadlines[item.due.key] == item.deadline }

    private mutating func compact() {
        guard heap.count > 2 * deadlines.count + Self.slack else { return }
        var kept: [Key: Item] = [:]
        for item in heap.unordered where isSet(item) { kept[item.due.key] = item }
        heap = Heap(kept.values)
    }
}
