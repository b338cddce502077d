// SPDX-License-Identifier: Apache-2.0
public import RaftLog

/// What whoever runs the server should hear of.
public enum DurabilityEvent: Hashable, Sendable {
    /// A snapshot was written: its index, its octets, and the time it took.
    case snapshotWritten(index: UInt64, octets: Int, milliseconds: Int)
    /// A snapshot could not be written; the log goes on growing, and it is tried again.
    case snapshotFailed(StorageError)
    /// No space is left for the log: writes are refused until there is.
    case storageFull
    /// There is space again.
    case storageAvailable
    /// The log cannot be written any more.
    ///
    /// Nobody knows what of it is on the disk, so the process must end: whoever waits for a write
    /// must not be told that it failed.
    case logFailed(StorageError)

    /// The event in a line.
    public var message: String {
        switch self {
        case .snapshotWritten(let index, let octets, let milliseconds):
            "snapshot of index \(index) written: \(octets) octets in \(milliseconds) ms"
        case .snapshotFailed(let error):
            "snapshot not written, the log is kept: \(error.message)"
        case .storageFull:
            "no space is left on the disk of data_dir: writes are refused until there is; reads and DNS go on"
        case .storageAvailable: "there is space on the disk of data_dir again: writes are accepted"
        case .logFailed(let error):
            "\(error.message). What was not acknowledged may be lost, so this server ends; check the disk and start it again."
        }
    }
}
