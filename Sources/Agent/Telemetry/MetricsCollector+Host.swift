// SPDX-License-Identifier: Apache-2.0
import CSockets
import Replication
import Telemetry

// The process, its files and its certificate.
extension MetricsCollector {
    /// Seconds between two counts of what is allocated: the allocator looks through all that it has free, some
    /// milliseconds in a process of some hundred MiB, and holds up who allocates meanwhile.
    private static let allocationInterval = 60

    /// The process itself.
    func process(_ memory: inout Memory) {
        board.set("runtime.alloc_bytes", Double(allocated(&memory)))
        if let resident = ProcessMemory.resident() {
            board.set("runtime.sys_bytes", Double(resident))
        }
        board.set("version", 1, [.init("version", version), .init("pre_release", "")])
    }

    private func allocated(_ memory: inout Memory) -> UInt64 {
        let now = sources.now()
        if let last = memory.allocated,
            (last.time..<last.time + Self.allocationInterval).contains(now)
        {
            return last.octets
        }
        let octets = csockets_allocated_octets()
        memory.allocated = (now, octets)
        return octets
    }

    /// The files of the state, and the file system that they lie in.
    func storage(_ memory: inout Memory) {
        guard let usage = sources.storage() else { return }
        board.set("waypost.raft.log_bytes", Double(usage.logOctets))
        if let written = memory.oldestEntry.time(usage) {
            let age = max(0, sources.now() - written)
            board.set("raft.leader.oldestLogAge", Double(age * 1000))
        }
        if let space = usage.space {
            board.set("waypost.disk.free_bytes", Double(space.free))
            board.set("waypost.disk.size_bytes", Double(space.size))
        }
        guard let written = usage.snapshotTime else { return }
        // A clock that was set back makes no snapshot of the future.
        board.set("waypost.raft.snapshot_age_seconds", Double(max(0, sources.now() - written)))
    }

    /// How long HTTPS can go on with its certificate.
    func certificate() {
        guard let end = sources.certificateEnd() else { return }
        board.set("agent.tls.cert.expiry", Double(end - sources.now()))
    }
}
