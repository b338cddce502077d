// SPDX-License-Identifier: Apache-2.0

extension StateStore {
    /// Indexes from here on are refused in a snapshot: nobody counts so far, and the next ones must
    /// fit in 64 bits.
    static let indexLimit = RaftIndex(rawValue: 1 << 62)

    /// The index at which this state can replace another one: above those of both.
    public func restorationIndex(after last: RaftIndex) -> RaftIndex { max(lastIndex, last).next }

    /// This state replaces another one at an index of the log.
    ///
    /// - Precondition: the index is at least ``restorationIndex(after:)`` of the other state.
    public mutating func becomeRestored(at index: RaftIndex) {
        precondition(index > lastIndex, "restored at \(index) after \(lastIndex)")
        lastIndex = index
        restoredAt = index
    }

    /// An answer of this state with the index to report: never one below that at which it took the
    /// place of another state.
    public func current<Value>(_ answer: Indexed<Value>) -> Indexed<Value> {
        Indexed(answer.value, index: max(answer.index, restoredAt), topics: answer.topics)
    }
}
