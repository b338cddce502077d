// SPDX-License-Identifier: Apache-2.0
import RaftLog
import Locking

/// The segment that is made beforehand, so that no write waits for it.
final class SegmentSupply: Sendable {
    private let directory: any LogDirectory
    private let size: Int
    /// Whether a segment is ready; held while one is made or taken.
    private let isReady = Lock(false)

    init(_ directory: any LogDirectory, size: Int) {
        self.directory = directory
        self.size = size
    }

    /// Makes a segment unless there is one.
    func fill() throws(StorageError) {
        let directory = directory
        let size = size
        try isReady.withLock { isReady throws(StorageError) in
            if isReady { return }
            try SegmentMaker.make(in: directory, size: size)
            isReady = true
        }
    }

    /// Lets a writer take the segment, which it says it did by returning `true`; a segment that is
    /// being made is waited for.
    func take(
        _ body: (_ isReady: Bool) throws(LogWriteError) -> Bool
    ) throws(LogWriteError) -> Bool {
        try isReady.withLock { isReady throws(LogWriteError) in
            let takes = try body(isReady)
            if takes { isReady = false }
            return takes
        }
    }
}
