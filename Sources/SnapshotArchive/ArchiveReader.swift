// SPDX-License-Identifier: Apache-2.0
import Crypto

/// Reads a snapshot archive that comes piece by piece, and checks every octet of it.
///
/// What it hands on of the state counts only once ``finish()`` has returned: the checksums stand at
/// the end of the archive.
public final class ArchiveReader {
    private let limits: ArchiveLimits
    private let gzip = GzipReader()
    private var tar = TarReader()
    private var current: String?
    private var content: [UInt8] = []
    private var contents: [String: [UInt8]] = [:]
    private var hash = SHA256()
    private var stateSize: Int?
    private var problem: ArchiveProblem?

    /// Begins.
    public init(limits: ArchiveLimits = ArchiveLimits()) { self.limits = limits }

    /// Takes the next octets of the archive and hands on what they bring of `state.bin`.
    ///
    /// - Throws: ``ArchiveProblem``; then nothing of the archive counts, and nothing more is taken.
    public func take(
        _ octets: [UInt8],
        _ state: (ArraySlice<UInt8>) throws(ArchiveProblem) -> Void
    ) throws(ArchiveProblem) {
        if let problem { throw problem }
        do throws(ArchiveProblem) {
            try gzip.take(octets) { part throws(ArchiveProblem) in
                try tar.take(part) { event throws(ArchiveProblem) in try self.take(event, state) }
            }
        } catch {
            problem = error
            throw error
        }
    }

    /// What the archive says of itself, as soon as that was read; no checksum holds for it yet.
    ///
    /// - Throws: ``ArchiveProblem`` when it was not read, or cannot be.
    public func metadata() throws(ArchiveProblem) -> ArchiveMetadata {
        guard let metadata = contents[ArchiveWriter.metadataName] else {
            let (first, second) = (ArchiveWriter.metadataName, ArchiveWriter.stateName)
            throw ArchiveProblem(
                .reading,
                "\(first) stands behind \(second); pack the archive anew with \(first) first"
            )
        }
        return try ArchiveMetadata(decoding: metadata)
    }

    /// Ends the archive.
    ///
    /// - Returns: What it says of itself.
    /// - Throws: ``ArchiveProblem`` when it is not whole, or not what its checksums say.
    public func finish() throws(ArchiveProblem) -> ArchiveMetadata {
        if let problem { throw problem }
        try gzip.finish()
        try tar.finish()
        guard let metadata = contents[ArchiveWriter.metadataName], let stateSize,
            let sums = contents[ArchiveWriter.sumsName]
        else {
            let names = [
                ArchiveWriter.metadataName, ArchiveWriter.stateName, ArchiveWriter.sumsName,
            ]
            let missing = names.first { contents[$0] == nil } ?? ""
            throw ArchiveProblem(.integrity, "file missing for \"\(missing)\"")
        }
        try verify(
            sums,
            [
                ArchiveWriter.metadataName: ArchiveWriter.hexadecimal(SHA256.hash(data: metadata)),
                ArchiveWriter.stateName: ArchiveWriter.hexadecimal(hash.finalize()),
            ]
        )
        let found = try ArchiveMetadata(decoding: metadata)
        guard found.size == stateSize else {
            throw ArchiveProblem(
                .integrity,
                "meta.json tells of \(found.size) octets of state.bin, and there are \(stateSize)"
            )
        }
        return found
    }

    private func take(
        _ event: TarReader.Event,
        _ state: (ArraySlice<UInt8>) throws(ArchiveProblem) -> Void
    ) throws(ArchiveProblem) {
        switch event {
        case .file(let header): try begin(header)
        case .content(let part):
            if current == ArchiveWriter.stateName {
                hash.update(data: part)
                try state(part)
            } else {
                content += part
            }
        case .end:
            if let current { contents[current] = content }
            content = []
            current = nil
        }
    }

    private func begin(_ header: TarHeader) throws(ArchiveProblem) {
        let limit: Int
        switch header.name {
        case ArchiveWriter.metadataName: limit = limits.metadata
        case ArchiveWriter.stateName: limit = limits.state
        case ArchiveWriter.sumsName: limit = limits.sums
        default:
            throw ArchiveProblem(.reading, "unexpected file \"\(header.name)\" in snapshot")
        }
        guard contents[header.name] == nil else {
            throw ArchiveProblem(.reading, "file \"\(header.name)\" stands in it twice")
        }
        guard header.size <= limit else {
            throw ArchiveProblem(
                .reading,
                "\(header.name) has \(header.size) octets; at most \(limit) are read"
            )
        }
        if header.name == ArchiveWriter.stateName { stateSize = header.size }
        current = header.name
    }

    /// Compares `SHA256SUMS` with what was found; every file must stand in it, once.
    private func verify(
        _ sums: [UInt8],
        _ found: [String: String]
    ) throws(ArchiveProblem) {
        var missing = Set(found.keys)
        for line in String(decoding: sums, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 2 else {
                throw ArchiveProblem(.integrity, "failed to parse \(ArchiveWriter.sumsName)")
            }
            let name = String(words[1])
            guard let digest = found[name] else {
                throw ArchiveProblem(.integrity, "list missing hash for \"\(name)\"")
            }
            guard digest == words[0] else {
                throw ArchiveProblem(.integrity, "hash check failed for \"\(name)\"")
            }
            missing.remove(name)
        }
        if let name = missing.sorted().first {
            throw ArchiveProblem(.integrity, "file missing for \"\(name)\"")
        }
    }
}
