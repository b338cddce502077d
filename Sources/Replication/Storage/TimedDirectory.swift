// SPDX-License-Identifier: Apache-2.0
import RaftLog

/// The directory of a log whose writer waits for the disk, with the time that it waits.
///
/// A segment that is being made is not timed: no write waits for it.
struct TimedDirectory: LogDirectory {
    private let directory: any LogDirectory
    private let note: @Sendable (Duration) -> Void

    /// Tells `note` of each file that was made durable, on the thread that waited for it.
    init(_ directory: any LogDirectory, _ note: @escaping @Sendable (Duration) -> Void) {
        self.directory = directory
        self.note = note
    }

    var path: String { directory.path }

    func names() throws(StorageError) -> [String] { try directory.names() }

    func open(_ name: String, isNew: Bool) throws(StorageError) -> any LogFile {
        let file = try directory.open(name, isNew: isNew)
        return isNew ? file : TimedFile(file, note)
    }

    func rename(_ name: String, to newName: String) throws(StorageError) {
        try directory.rename(name, to: newName)
    }

    func remove(_ name: String) throws(StorageError) { try directory.remove(name) }

    func synchronize() throws(StorageError) { try directory.synchronize() }
}

private final class TimedFile: LogFile {
    private let file: any LogFile
    private let note: @Sendable (Duration) -> Void

    init(_ file: any LogFile, _ note: @escaping @Sendable (Duration) -> Void) {
        self.file = file
        self.note = note
    }

    func size() throws(StorageError) -> Int { try file.size() }

    func read(at place: Int, count: Int) throws(StorageError) -> [UInt8] {
        try file.read(at: place, count: count)
    }

    func write(_ octets: [UInt8], at place: Int) throws(StorageError) {
        try file.write(octets, at: place)
    }

    func reserve(_ count: Int) throws(StorageError) { try file.reserve(count) }

    func synchronize() throws(StorageError) {
        let start = ContinuousClock.now
        try file.synchronize()
        note(ContinuousClock.now - start)
    }
}
