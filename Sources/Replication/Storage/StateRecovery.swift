// SPDX-License-Identifier: Apache-2.0
import RaftLog
import StateStore

/// From directories to a state: identity, newest whole snapshot, the log after it.
struct StateRecovery {
    private let places: DurableState.Places
    private let layout: LogLayout
    private(set) var store = StateStore()
    private(set) var report = DurableState.Report()

    init(places: DurableState.Places, layout: LogLayout) {
        self.places = places
        self.layout = layout
    }

    /// Reads the identity; on the very first start it is made, with an empty log.
    func identity() throws(LogProblem) -> LogIdentity {
        let names = try storage { () throws(StorageError) in try places.root.names() }
        guard names.contains(LogIdentity.fileName) else { return try makeIdentity() }
        let octets = try storage { () throws(StorageError) in
            let file = try places.root.open(LogIdentity.fileName, isNew: false)
            return try file.read(at: 0, count: try file.size())
        }
        return try LogIdentity(
            decoding: octets,
            path: "\(places.root.path)/\(LogIdentity.fileName)"
        )
    }

    /// Begins a log: its first segment, then the identity.
    ///
    /// A first start that was cut short left zeros at most; anything else without an identity had
    /// one.
    private func makeIdentity() throws(LogProblem) -> LogIdentity {
        let identity = LogIdentity(
            server: ServerID.random(),
            cluster: Self.randomKey(),
            salt: Self.randomKey()
        )
        let found = try storage { () throws(StorageError) in
            for name in try places.snapshots.names() where SnapshotName(name) != nil { return true }
            for name in try places.log.names() where SegmentName(name) != nil {
                let file = try places.log.open(name, isNew: false)
                if try file.read(at: 0, count: 4096).contains(where: { $0 != 0 }) { return true }
            }
            return false
        }
        if found {
            throw LogProblem(
                .gap,
                "\(places.root.path)/\(LogIdentity.fileName)",
                "the file is missing, though there is a log or a snapshot"
            )
        }
        try storage { () throws(StorageError) in
            for name in try places.log.names() { try places.log.remove(name) }
            _ = try SegmentMaker.makeFirst(in: places.log, size: layout.segmentSize)
            let part = LogIdentity.fileName + ".part"
            let file = try places.root.open(part, isNew: true)
            try file.write(identity.encoded, at: 0)
            try file.synchronize()
            try places.root.rename(part, to: LogIdentity.fileName)
            try places.root.synchronize()
        }
        return identity
    }

    private static func randomKey() -> [UInt8] {
        (0..<LogIdentity.keyLength).map { _ in .random(in: 0...255) }
    }

    /// Loads the newest snapshot that is whole; a damaged one is passed over, with a warning.
    mutating func loadSnapshot(_ identity: LogIdentity) throws(LogProblem) {
        let places = places
        let names = try storage { () throws(StorageError) in
            let names = try places.snapshots.names()
            for part in [SnapshotName.part, SnapshotName.restorationPart]
            where names.contains(part) { try places.snapshots.remove(part) }
            return names.compactMap { SnapshotName($0) }.sorted(by: >)
        }
        for name in names {
            do throws(LogProblem) {
                store = try SnapshotStore.load(name, in: places.snapshots, identity)
                report.snapshotIndex = store.lastIndex.rawValue
                return
            } catch {
                guard error.kind == .damaged else { throw error }
                report.warnings.append(
                    "snapshot passed over: \(error.path), octet \(error.offset ?? 0): \(error.detail)"
                )
            }
        }
    }

    /// Applies what stands in the log after the snapshot.
    mutating func replay(_ identity: LogIdentity) throws(LogProblem) -> LogEnd {
        let base = report.snapshotIndex
        let path = places.log.path
        var last = base
        var store = store
        var entries = 0
        var octets = 0
        let end = try LogRecovery.recover(
            places.log,
            identity,
            segmentSize: layout.segmentSize
        ) { record throws(LogProblem) in
            guard case .entry(let kind, _, let index, let payload) = record, index > base else {
                return
            }
            // Where the state was replaced the log may begin anew (LogWriter.appendRestoration).
            guard index == last + 1 || kind == .restoration else {
                throw Self.gap(path, after: last, before: index)
            }
            last = index
            entries += 1
            octets += payload.count
            switch kind {
            case .command:
                var time = LogTime.zero
                let command = try Self.command(payload, at: index, path, time: &time)
                // Refused now as it was then, at the same index.
                _ = try? store.apply(command, at: RaftIndex(rawValue: index), time: time)
            case .restoration:
                store = try loadRestoration(index, identity)
                octets = 0
            case .noop, .configuration: break
            }
        }
        guard end.firstIndex <= last + 1 else {
            throw Self.gap(path, after: last, before: end.firstIndex)
        }
        guard end.lastIndex >= base else {
            throw LogProblem(
                .gap,
                path,
                "the log ends at index \(end.lastIndex), before the snapshot of index \(base)"
            )
        }
        self.store = store
        report.entries = entries
        report.octets = octets
        report.tornOctets = end.tornOctets
        try settleRestorations(last: end.lastIndex)
        return end
    }

    /// The state that replaced another one at an index of the log.
    private func loadRestoration(
        _ index: UInt64,
        _ identity: LogIdentity
    ) throws(LogProblem) -> StateStore {
        let places = places
        let names = try storage { () throws(StorageError) in try places.snapshots.names() }
        let name = SnapshotName(index: index)
        guard let file = [name.text, name.restorationText].first(where: names.contains) else {
            throw LogProblem(
                .gap,
                places.log.path,
                "the snapshot that was restored at index \(index) is missing"
            )
        }
        return try SnapshotStore.load(name, file: file, in: places.snapshots, identity)
    }

    /// Gives the snapshot of a restoration that counts its name, and removes one that does not:
    /// its server stopped before the log said so, and nobody was told of it.
    private func settleRestorations(last: UInt64) throws(LogProblem) {
        let (places, store) = (places, store)
        try storage { () throws(StorageError) in
            let names = try places.snapshots.names()
            let found = names.compactMap { SnapshotName(restoration: $0) }
            for name in found {
                // The next index of the log is above all that count.
                if name.index <= last, store.restoredAt.rawValue >= name.index {
                    try places.snapshots.rename(name.restorationText, to: name.text)
                } else {
                    try places.snapshots.remove(name.restorationText)
                }
            }
            if !found.isEmpty { try places.snapshots.synchronize() }
        }
    }

    private static func gap(_ path: String, after last: UInt64, before next: UInt64) -> LogProblem {
        LogProblem(
            .gap,
            path,
            "what was found of snapshots ends at index \(last), and the log begins at index \(next)"
        )
    }

    private static func command(
        _ payload: [UInt8],
        at index: UInt64,
        _ path: String,
        time: inout LogTime
    ) throws(LogProblem) -> Command {
        do throws(CommandCodingError) {
            return try Command(decoding: payload, time: &time)
        } catch {
            // Skipping it would make a state that no other server has.
            throw LogProblem(
                .newerFormat,
                path,
                "entry \(index) is no command that this version knows: \(error)"
            )
        }
    }
}

/// The ID under which a server takes part in a cluster.
enum ServerID {
    /// A random UUID (RFC 9562 version 4).
    static func random() -> String {
        var octets = (0..<16).map { _ in UInt8.random(in: 0...255) }
        octets[6] = octets[6] & 0x0f | 0x40
        octets[8] = octets[8] & 0x3f | 0x80
        var text = ""
        for (at, octet) in octets.enumerated() {
            if [4, 6, 8, 10].contains(at) { text += "-" }
            text += (octet < 16 ? "0" : "") + String(octet, radix: 16)
        }
        return text
    }
}
