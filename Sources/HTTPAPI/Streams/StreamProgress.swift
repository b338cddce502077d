// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// What a stream is told of its subject: an index and the JSON that stands for it.
struct StreamState: Sendable {
    var index: UInt64
    var data: ByteBuffer
}

/// How far the client of a stream has come, and which states are news to it.
struct StreamProgress {
    /// The index of what the client has or would not see as news; 0 before it has anything.
    private(set) var index: UInt64
    /// Of the data that the client has; a keyed hash, so that nobody can make two states look alike.
    private var fingerprint: Int?

    /// Begins after the index that a client gave, or with 0.
    init(after index: UInt64) { self.index = index }

    /// Takes what was read; `true` when the client does not know it yet.
    ///
    /// An index that moved without a change of the data is noted, and told with the next change. One that is
    /// smaller than the client's is that of another state, and news (HTTP API 3.1).
    mutating func take(_ state: StreamState) -> Bool {
        let found = state.data.hashValue
        defer {
            index = state.index
            fingerprint = found
        }
        return state.index != index && found != fingerprint
    }
}
