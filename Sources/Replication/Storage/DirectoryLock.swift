// SPDX-License-Identifier: Apache-2.0
import Glibc
import RaftLog

/// The lock of a directory, so that no two agents write to it; it goes with the process.
final class DirectoryLock: Sendable {
    private static let fileName = "lock"
    private let descriptor: Int32

    /// Takes the lock.
    ///
    /// - Throws: ``DurabilityProblem`` that names the process that holds it.
    init(_ directory: String) throws(DurabilityProblem) {
        let path = "\(directory)/\(Self.fileName)"
        let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw DurabilityProblem(StorageError(.open, path, errno), directory: directory)
        }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let holder = Self.text(of: file)
            close(file)
            throw DurabilityProblem(
                "data_dir: \(path) is locked by another agent"
                    + (holder.isEmpty ? "" : ", process \(holder)")
                    + ". Stop that one, or give this one a data_dir of its own."
            )
        }
        ftruncate(file, 0)
        var text = String(getpid()) + "\n"
        _ = text.withUTF8 { unsafe pwrite(file, $0.baseAddress, $0.count, 0) }
        // Only now: an error leaves nothing that would be closed twice.
        descriptor = file
    }

    deinit {
        release()
        close(descriptor)
    }

    /// Gives the lock back.
    ///
    /// Closing is not enough: a process that was just forked has the file too, until it becomes
    /// another program.
    func release() { flock(descriptor, LOCK_UN) }

    private static func text(of descriptor: Int32) -> String {
        var octets = [UInt8](repeating: 0, count: 32)
        let count = unsafe pread(descriptor, &octets, octets.count, 0)
        return String(decoding: octets.prefix(max(0, count)), as: UTF8.self)
            .filter(\.isNumber)
    }
}
