// SPDX-License-Identifier: Apache-2.0
public import RaftLog
public import StateStore

/// What a server finds in its `data_dir`: its state, and the log where it goes on.
///
/// `raft/identity` says whose it is, `raft/log/` holds the segments, `raft/snapshots/` the last two
/// snapshots, `raft/lock` is held while an agent runs.
public struct DurableState: Sendable {
    /// The state as of the last durable command.
    public let store: StateStore
    /// How it was found, for the log.
    public let report: Report

    /// How a state was found.
    public struct Report: Hashable, Sendable {
        /// The index of the snapshot that it began with; 0 for none.
        public var snapshotIndex: UInt64 = 0
        /// How many entries of the log were applied.
        public var entries = 0
        /// Their octets: they count for when the next snapshot is due.
        public var octets = 0
        /// The octets of an unfinished write that were cut off.
        public var tornOctets = 0
        /// What is odd, a line each: a snapshot that was passed over.
        public var warnings: [String] = []
    }

    let lock: DirectoryLock?
    let identity: LogIdentity
    let places: Places
    let layout: LogLayout
    let end: LogEnd

    /// The directories of a server's state.
    struct Places: Sendable {
        var root: any LogDirectory
        var log: any LogDirectory
        var snapshots: any LogDirectory
    }

    /// The term in which a server stays that nobody else can vote for.
    static let term: UInt64 = 1

    /// Opens the state below a directory; what is missing is made.
    ///
    /// - Parameters:
    ///   - dataDirectory: `data_dir`.
    ///   - layout: how large segments are.
    ///   - onSync: is told how long the log waited for the disk, each time, on the log's thread.
    /// - Returns: what was found.
    /// - Throws: ``DurabilityProblem`` when another agent holds it, when it cannot be written, or
    ///   when acknowledged data is lost.
    public static func open(
        dataDirectory: String,
        layout: LogLayout = LogLayout(),
        onSync: @escaping @Sendable (Duration) -> Void = { _ in }
    ) throws(DurabilityProblem) -> DurableState {
        let path = dataDirectory + "/raft"
        let root: DiskDirectory
        do throws(StorageError) {
            root = try DiskDirectory(path)
        } catch {
            throw DurabilityProblem(error, directory: dataDirectory)
        }
        let lock = try DirectoryLock(path)
        let places: Places
        do throws(StorageError) {
            places = Places(
                root: root,
                log: TimedDirectory(try DiskDirectory(path + "/log"), onSync),
                snapshots: try DiskDirectory(path + "/snapshots")
            )
            try root.synchronize()
        } catch {
            throw DurabilityProblem(error, directory: path)
        }
        return try open(places, layout: layout, lock: lock)
    }

    /// Opens the state in directories of any kind.
    static func open(
        _ places: Places,
        layout: LogLayout,
        lock: DirectoryLock? = nil
    ) throws(DurabilityProblem) -> DurableState {
        var recovery = StateRecovery(places: places, layout: layout)
        do throws(LogProblem) {
            let identity = try recovery.identity()
            try recovery.loadSnapshot(identity)
            let end = try recovery.replay(identity)
            return DurableState(
                store: recovery.store,
                report: recovery.report,
                lock: lock,
                identity: identity,
                places: places,
                layout: layout,
                end: end
            )
        } catch {
            throw DurabilityProblem(error)
        }
    }
}
