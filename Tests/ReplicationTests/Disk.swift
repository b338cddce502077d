// SPDX-License-Identifier: Apache-2.0
import Glibc
import RaftLog
import Synchronization
import TestSupport

@testable import Replication

/// The directories of a server, in memory.
final class Disk: @unchecked Sendable {
    // Its members are set before it is shared between threads.
    let root: MemoryDirectory
    let log: MemoryDirectory
    let snapshots: MemoryDirectory
    /// What had been acknowledged when this image was taken.
    var acknowledged: [Int] = []

    init(
        root: MemoryDirectory = MemoryDirectory(),
        log: MemoryDirectory = MemoryDirectory(),
        snapshots: MemoryDirectory = MemoryDirectory()
    ) {
        self.root = root
        self.log = log
        self.snapshots = snapshots
    }

    var places: DurableState.Places {
        DurableState.Places(root: root, log: log, snapshots: snapshots)
    }

    /// What a loss of power leaves: of what was not yet durable any part.
    func afterPowerLoss(seed: UInt64) -> Disk {
        var state = seed
        func keeps() -> Bool {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 63 == 1
        }
        return Disk(
            root: root.afterPowerLoss(keeps),
            log: log.afterPowerLoss(keeps),
            snapshots: snapshots.afterPowerLoss(keeps)
        )
    }
}

/// A directory of the host that goes with this value.
final class TemporaryDirectory {
    let path: String

    init() throws {
        var template = Array("/tmp/waypost-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else {
            throw StorageError(.open, "/tmp", errno)
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    private static func remove(_ path: String) {
        if let directory = try? DiskDirectory(path), let names = try? directory.names() {
            for name in names { remove("\(path)/\(name)") }
        }
        if unsafe rmdir(path) != 0 { unsafe unlink(path) }
    }
}

/// A value that several threads of a test write down.
final class Noted<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    init(_ value: Value) { self.value = Mutex(value) }

    var current: Value { value.withLock { $0 } }

    func note(_ body: @Sendable (inout Value) -> Void) { value.withLock { body(&$0) } }
}
