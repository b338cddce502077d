// SPDX-License-Identifier: Apache-2.0

/// When sessions end unless they are renewed before; the times are handed in.
struct SessionDeadlines {
    private struct Entry {
        var deadline: ContinuousClock.Instant
        var id: String
    }

    /// The deadlines that count.
    private var deadlines: [String: ContinuousClock.Instant] = [:]
    /// A heap, the earliest first.
    ///
    /// Entries that no longer say what ``deadlines`` does are left in it for a while.
    private var heap: [Entry] = []

    /// The number of sessions.
    var count: Int { deadlines.count }

    /// The earliest deadline; possibly one that does not count any more.
    var next: ContinuousClock.Instant? { heap.first?.deadline }

    /// Sets the deadline of a session, in place of the one it had.
    mutating func set(_ id: String, _ deadline: ContinuousClock.Instant) {
        guard deadlines.updateValue(deadline, forKey: id) != deadline else { return }
        heap.append(Entry(deadline: deadline, id: id))
        rise(from: heap.count - 1)
        if heap.count > 2 * deadlines.count + 64 { rebuild() }
    }

    /// Forgets a session.
    mutating func remove(_ id: String) { deadlines[id] = nil }

    /// Takes out the sessions whose deadline is not after `now`, the earliest first.
    mutating func takeDue(at now: ContinuousClock.Instant) -> [String] {
        var due: [String] = []
        while let entry = heap.first, entry.deadline <= now {
            heap.swapAt(0, heap.count - 1)
            heap.removeLast()
            sink(from: 0)
            guard deadlines[entry.id] == entry.deadline else { continue }
            deadlines[entry.id] = nil
            due.append(entry.id)
        }
        return due
    }

    /// Leaves out what does not count, so that whoever renews often fills no memory.
    private mutating func rebuild() {
        heap = deadlines.map { Entry(deadline: $1, id: $0) }
        for place in heap.indices.reversed() { sink(from: place) }
    }

    private mutating func rise(from start: Int) {
        var place = start
        while place > 0 {
            let parent = (place - 1) / 2
            guard heap[place].deadline < heap[parent].deadline else { return }
            heap.swapAt(place, parent)
            place = parent
        }
    }

    private mutating func sink(from start: Int) {
        var place = start
        while true {
            var least = place
            for child in [2 * place + 1, 2 * place + 2]
            where child < heap.count && heap[child].deadline < heap[least].deadline {
                least = child
            }
            if least == place { return }
            heap.swapAt(place, least)
            place = least
        }
    }
}
