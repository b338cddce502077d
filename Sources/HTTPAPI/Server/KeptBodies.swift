// SPDX-License-Identifier: Apache-2.0
import NIOCore
import StateStore
import Locking

/// Bodies of replies about services, kept while what they tell stays as it is: many ask for the same, and few of them
/// after a change.
///
/// The index of a service moves with everything that a reply tells of it, or nobody could wait for that; a body is good
/// for just the index at which it was written.
final class KeptBodies: Sendable {
    /// The form of a reply: everything in a request that its body depends on.
    struct Form: Hashable, Sendable {
        let name: String
        let isPassingOnly: Bool
        let tags: [String]
        let isIndented: Bool
    }

    private struct Entry {
        var index: RaftIndex
        var body: ByteBuffer
        var cost: Int
    }

    private struct State {
        var entries: [Form: Entry] = [:]
        var octets = 0
    }

    /// The most octets of one body, and of all of them with what they cost beside; beyond that all are forgotten.
    private static let largest = 1 << 20
    private static let total = 16 << 20

    /// About how many octets an entry costs beside its texts and its body; each tag costs as much again as a fourth of it.
    private static let overhead = 256

    private let state = Lock(State())

    /// The octets that all entries cost now.
    var octets: Int { state.withLock { $0.octets } }

    /// The body of a form at an index; `nil` when it has to be written.
    func body(of form: Form, at index: RaftIndex) -> ByteBuffer? {
        state.withLock { state in
            guard let entry = state.entries[form], entry.index == index else { return nil }
            return entry.body
        }
    }

    /// Keeps a body that was written from the state at an index.
    func keep(_ body: ByteBuffer, of form: Form, at index: RaftIndex) {
        let tags = form.tags.reduce(0) { $0 + $1.utf8.count + Self.overhead / 4 }
        let cost = body.storageCapacity + form.name.utf8.count + tags + Self.overhead
        guard body.readableBytes <= Self.largest, cost <= Self.total else { return }
        state.withLock { state in
            if let old = state.entries[form] {
                // Somebody who read later was faster.
                guard old.index < index else { return }
                state.octets -= old.cost
            }
            if state.octets + cost > Self.total { state = State() }
            state.entries[form] = Entry(index: index, body: body, cost: cost)
            state.octets += cost
        }
    }
}
