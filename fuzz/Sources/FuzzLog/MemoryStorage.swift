// SPDX-License-Identifier: Apache-2.0

internal import RaftLog
internal import Synchronization

/// A directory in memory.
final class MemoryStorage: LogDirectory {
    final class File: LogFile, Sendable {
        let octets: Mutex<[UInt8]>

        init(_ octets: [UInt8] = []) { self.octets = Mutex(octets) }

        func size() throws(StorageError) -> Int { octets.withLock { $0.count } }

        func read(at place: Int, count: Int) throws(StorageError) -> [UInt8] {
            octets.withLock { Array($0.dropFirst(place).prefix(count)) }
        }

        func write(_ new: [UInt8], at place: Int) throws(StorageError) {
            octets.withLock { octets in
                let missing = place + new.count - octets.count
                if missing > 0 { octets += [UInt8](repeating: 0, count: missing) }
                octets.replaceSubrange(place..<(place + new.count), with: new)
            }
        }

        func reserve(_ count: Int) throws(StorageError) {}

        func synchronize() throws(StorageError) {}
    }

    let path = "/memory"
    let files = Mutex<[String: File]>([:])

    func names() throws(StorageError) -> [String] { files.withLock { Array($0.keys) } }

    func open(_ name: String, isNew: Bool) throws(StorageError) -> any LogFile {
        let file = files.withLock { files in
            if isNew { files[name] = File() }
            return files[name]
        }
        guard let file else { throw StorageError(.open, name, reason: "it is not there") }
        return file
    }

    func rename(_ name: String, to newName: String) throws(StorageError) {
        files.withLock { $0[newName] = $0.removeValue(forKey: name) }
    }

    func remove(_ name: String) throws(StorageError) { files.withLock { $0[name] = nil } }

    func synchronize() throws(StorageError) {}
}
