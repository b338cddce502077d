// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Glibc
import HummingbirdCore
import NIOCore
import SnapshotArchive
import StateStore

/// The archive of a state on its way to a client.
///
/// The state is read twice, since its length stands in front of it: it does not change, and no
/// second copy of it is ever in memory.
final class SnapshotDownload: Sendable {
    /// About how many octets a frame has.
    private static let frameLength = 256 << 10

    private let store: StateStore
    private let traffic: SnapshotTraffic

    /// Begins, unless too many are under way.
    init?(_ store: StateStore, _ traffic: SnapshotTraffic) {
        guard traffic.beginSave() else { return nil }
        self.store = store
        self.traffic = traffic
    }

    deinit { traffic.endSave() }

    /// Counts the octets of the state.
    func length() async -> Int {
        let store = store
        return await withCheckedContinuation { caller in
            traffic.queue.async {
                var writer = StateStreamWriter()
                store.writeSnapshot(frameLength: Self.frameLength) { frame in
                    _ = writer.frame(octets: frame.count)
                }
                caller.resume(returning: writer.length)
            }
        }
    }

    /// Sends the archive.
    ///
    /// - Throws: when the client has gone or the server stops; the reply is then cut off, and its
    ///   client can tell.
    @concurrent
    func send(to writer: inout any ResponseBodyWriter, length: Int) async throws {
        let pipe = ArchivePipe()
        let store = store
        traffic.queue.async {
            // Who is cancelled has been told.
            try? Self.make(store, length: length, into: pipe)
            pipe.finish()
        }
        defer { pipe.cancel() }
        for await part in pipe.parts {
            try await writer.write(ByteBuffer(bytes: part))
            pipe.sent()
        }
        guard pipe.isWhole else { throw CancellationError() }
        try await writer.finish(nil)
    }

    private static func make(
        _ store: StateStore,
        length: Int,
        into pipe: ArchivePipe
    ) throws(CancellationError) {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        let seconds = UInt64(max(0, now.tv_sec))
        let archive = ArchiveWriter(
            ArchiveMetadata(
                index: store.lastIndex.rawValue,
                term: 1,
                size: length,
                milliseconds: seconds * 1000 + UInt64(now.tv_nsec / 1_000_000)
            ),
            time: seconds
        )
        try pipe.put(archive.begin())
        var stream = StateStreamWriter()
        try pipe.put(archive.append(stream.head(commandVersion: Command.version)))
        try store.writeSnapshot(frameLength: frameLength) { frame throws(CancellationError) in
            let head = stream.frame(octets: frame.count)
            try pipe.put(archive.append(head + frame))
        }
        try pipe.put(archive.append(stream.end))
        try pipe.put(archive.finish())
    }
}
