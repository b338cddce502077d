// SPDX-License-Identifier: Apache-2.0

/// What a write took on its way, told on the thread that did it.
public enum ReplicationMeasurement: Hashable, Sendable {
    /// So many entries were made durable, in so long.
    case dispatched(entries: Int, took: Duration)
    /// So many entries were applied and published together, in so long.
    case applied(entries: Int, took: Duration)

    /// Who is told.
    public typealias Observer = @Sendable (ReplicationMeasurement) -> Void
}
