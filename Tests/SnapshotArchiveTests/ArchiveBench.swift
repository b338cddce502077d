// SPDX-License-Identifier: Apache-2.0
import Crypto

@testable import SnapshotArchive

/// Archives of frames, and of whatever else a test puts into one.
enum ArchiveBench {
    static let frames: [[UInt8]] = [Array("first".utf8), Array(0...255), Array("last".utf8)]

    /// `state.bin` with frames.
    static func state(_ frames: [[UInt8]], commandVersion: Int = 1) -> [UInt8] {
        var writer = StateStreamWriter()
        var octets = writer.head(commandVersion: commandVersion)
        for frame in frames { octets += writer.frame(octets: frame.count) + frame }
        octets += writer.end
        precondition(octets.count == writer.length)
        return octets
    }

    /// The archive of frames, as the writer makes it.
    static func archive(_ frames: [[UInt8]] = frames, part: Int = .max) -> [UInt8] {
        let state = state(frames)
        let writer = ArchiveWriter(
            ArchiveMetadata(index: 42, term: 1, size: state.count, milliseconds: 1_700_000_000_123),
            time: 1_700_000_000
        )
        var octets = writer.begin()
        var rest = state[...]
        while !rest.isEmpty {
            octets += writer.append(Array(rest.prefix(part)))
            rest = rest.dropFirst(part)
        }
        return octets + writer.finish()
    }

    /// A gzip'd tar of files; the sums are right unless they are given.
    static func archive(
        of files: [(name: String, content: [UInt8])],
        sums: String? = nil
    ) -> [UInt8] {
        let text =
            sums
            ?? files.map { ArchiveWriter.line(SHA256.hash(data: $0.content), $0.name) }.joined()
        var tar: [UInt8] = []
        for (name, content) in files + [(ArchiveWriter.sumsName, Array(text.utf8))] {
            tar += TarHeader(name: name, size: content.count).encoded(time: 0) + content
            tar += [UInt8](repeating: 0, count: TarHeader.padding(after: content.count))
        }
        return compressed(tar + [UInt8](repeating: 0, count: 1024))
    }

    static func compressed(_ octets: [UInt8]) -> [UInt8] {
        let gzip = GzipWriter(level: 6)
        var output: [UInt8] = []
        gzip.append(octets, to: &output)
        gzip.finish(&output)
        return output
    }

    /// `meta.json` for a state.
    static func metadata(_ state: [UInt8]) -> [UInt8] {
        ArchiveMetadata(index: 42, term: 1, size: state.count, milliseconds: 0).encoded
    }

    /// Reads an archive in parts of at most so many octets.
    static func read(
        _ octets: [UInt8],
        part: Int = 100,
        limits: ArchiveLimits = ArchiveLimits()
    ) throws(ArchiveProblem) -> (metadata: ArchiveMetadata, frames: [[UInt8]]) {
        let reader = ArchiveReader(limits: limits)
        var stream = StateStreamReader()
        var frames: [[UInt8]] = []
        var rest = octets[...]
        while !rest.isEmpty {
            try reader.take(Array(rest.prefix(part))) { octets throws(ArchiveProblem) in
                try stream.take(octets) { frames.append($0) }
            }
            rest = rest.dropFirst(part)
        }
        let metadata = try reader.finish()
        try stream.finish()
        return (metadata, frames)
    }
}
