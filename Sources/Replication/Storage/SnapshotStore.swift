// SPDX-License-Identifier: Apache-2.0
import CSockets
import RaftLog
import StateStore

/// The snapshots of a server: written, kept, read.
enum SnapshotStore {
    /// How many are kept: should the newest one be damaged, the other and the log stand for it.
    static let kept = 2
    /// A file of so many octets makes a state that is worth other settings of the allocator.
    private static let largeSize = 32 << 20

    /// Writes a snapshot and makes it durable; memory holds one frame of it.
    ///
    /// - Returns: The octets of the file.
    static func write(
        _ store: StateStore,
        in directory: any LogDirectory,
        _ identity: LogIdentity
    ) throws(StorageError) -> Int {
        try write(store, in: directory, identity, part: SnapshotName.part, name: nil)
    }

    /// Writes the snapshot of a state that is to replace the current one and makes it durable: it
    /// counts once the log says so, and not before.
    static func writeRestoration(
        _ store: StateStore,
        in directory: any LogDirectory,
        _ identity: LogIdentity
    ) throws(StorageError) {
        let name = SnapshotName(index: store.lastIndex.rawValue).restorationText
        _ = try write(
            store,
            in: directory,
            identity,
            part: SnapshotName.restorationPart,
            name: name
        )
    }

    private static func write(
        _ store: StateStore,
        in directory: any LogDirectory,
        _ identity: LogIdentity,
        part: String,
        name: String?
    ) throws(StorageError) -> Int {
        let header = SnapshotHeader(
            index: store.lastIndex.rawValue,
            term: DurableState.term,
            commandVersion: UInt32(Command.version),
            cluster: identity.cluster,
            servers: [identity.server]
        )
        do throws(StorageError) {
            var writer = try SnapshotFileWriter(directory, header, part: part)
            try store.writeSnapshot(frameLength: SnapshotFileWriter.frameLength) {
                frame throws(StorageError) in try writer.append(frame)
            }
            return try writer.finish(as: name)
        } catch {
            // Gives back the space that it took.
            try? directory.remove(part)
            throw error
        }
    }

    /// Reads a snapshot; of one that has replaced the state, `file` is its name until then.
    static func load(
        _ name: SnapshotName,
        file text: String? = nil,
        in directory: any LogDirectory,
        _ identity: LogIdentity,
        crew: WorkCrew = WorkCrew()
    ) throws(LogProblem) -> StateStore {
        let text = text ?? name.text
        let file = try storage { () throws(StorageError) in
            try directory.open(text, isNew: false)
        }
        let path = "\(directory.path)/\(text)"
        let size = try storage { () throws(StorageError) in try file.size() }
        // Otherwise glibc extends the memory of a thread page by page, with a system call for each.
        if size >= largeSize { csockets_allocate_ahead(64 << 20) }
        defer { if size >= largeSize { csockets_allocate_ahead(0) } }
        var reader = try SnapshotFileReader(file, path: path)
        guard reader.header.cluster == identity.cluster, reader.header.index == name.index else {
            throw LogProblem(.damaged, path, at: 0, "it is of another cluster or index")
        }
        guard reader.header.commandVersion <= UInt32(Command.version) else {
            throw LogProblem(
                .newerFormat,
                path,
                at: 0,
                "commands after it have version \(reader.header.commandVersion)"
            )
        }
        var loader = SnapshotLoader(worker: crew)
        var place = reader.offset
        var upcoming = try reader.next()
        while let frame = upcoming {
            if CatalogDecoder.isCatalog(frame) {
                let found = try CatalogFrames(reader, path: path, first: frame, at: place)
                    .decode(with: crew)
                try decode(path, at: place) { () throws(SnapshotCodingError) in
                    try loader.take(found.pieces, by: found.decoders)
                }
                reader = found.reader
                upcoming = found.next?.frame
                place = found.next?.place ?? reader.offset
                continue
            }
            try decode(path, at: place) { () throws(SnapshotCodingError) in try loader.take(frame) }
            place = reader.offset
            upcoming = try reader.next()
        }
        let store: StateStore
        do throws(SnapshotCodingError) {
            store = try loader.finish()
        } catch {
            throw LogProblem(.newerFormat, path, at: place, error.detail)
        }
        return store
    }

    private static func decode(
        _ path: String,
        at place: Int,
        _ body: () throws(SnapshotCodingError) -> Void
    ) throws(LogProblem) {
        do throws(SnapshotCodingError) {
            try body()
        } catch {
            // The checksum was right: somebody else's rows.
            throw LogProblem(.newerFormat, path, at: place, error.detail)
        }
    }

    /// Removes snapshots beyond ``kept``, then segments that neither the older kept one nor
    /// `trailing` entries behind the newest need.
    static func removeOld(
        _ snapshots: any LogDirectory,
        _ log: any LogDirectory,
        trailing: UInt64
    ) throws(StorageError) {
        let names = try snapshots.names().compactMap { SnapshotName($0) }.sorted(by: >)
        for name in names.dropFirst(kept) { try snapshots.remove(name.text) }
        if names.count > kept { try snapshots.synchronize() }
        guard names.count >= kept, let newest = names.first else { return }
        let older = names[kept - 1].index
        let bound = min(older, newest.index - min(newest.index, trailing))
        try SegmentMaker.removeSegments(in: log, below: bound)
    }
}
