// SPDX-License-Identifier: Apache-2.0
import Glibc
import RaftLog

/// An open file of the host's file system.
final class DiskFile: LogFile {
    private let path: String
    private let descriptor: Int32

    /// Opens a file; with `isNew` it is made, or emptied.
    init(_ path: String, isNew: Bool) throws(StorageError) {
        self.path = path
        let more = isNew ? O_CREAT | O_TRUNC : 0
        descriptor = unsafe Glibc.open(path, O_RDWR | O_CLOEXEC | more, 0o600)
        guard descriptor >= 0 else { throw StorageError(.open, path, errno) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func size() throws(StorageError) -> Int {
        let end = lseek(descriptor, 0, SEEK_END)
        guard end >= 0 else { throw StorageError(.read, path, errno) }
        return end
    }

    func read(at place: Int, count: Int) throws(StorageError) -> [UInt8] {
        var failure: Int32 = 0
        let octets = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                guard let base = buffer.baseAddress else { return }
                let got = unsafe pread(descriptor, base + filled, count - filled, place + filled)
                if got < 0, errno == EINTR { continue }
                guard got >= 0 else {
                    failure = errno
                    return
                }
                if got == 0 { return }
                filled += got
            }
        }
        guard failure == 0 else { throw StorageError(.read, path, failure) }
        return octets
    }

    func write(_ octets: [UInt8], at place: Int) throws(StorageError) {
        let failure: Int32 = unsafe octets.withUnsafeBytes { buffer in
            guard let base = buffer.baseAddress else { return 0 }
            var written = 0
            while written < octets.count {
                let count = unsafe pwrite(
                    descriptor,
                    base + written,
                    octets.count - written,
                    place + written
                )
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return count < 0 ? errno : EIO }
                written += count
            }
            return 0
        }
        guard failure == 0 else { throw StorageError(.write, path, failure) }
    }

    func reserve(_ count: Int) throws(StorageError) {
        let failure = posix_fallocate(descriptor, 0, count)
        // Where the file system cannot reserve, the writes will find out.
        guard failure == 0 || failure == EOPNOTSUPP || failure == EINVAL else {
            throw StorageError(.reserve, path, failure)
        }
    }

    func synchronize() throws(StorageError) {
        // The size of a segment does not change after it was made: its data is all that counts.
        guard fdatasync(descriptor) == 0 else { throw StorageError(.synchronize, path, errno) }
    }
}
