// SPDX-License-Identifier: Apache-2.0
import Crypto

/// Writes a snapshot archive as Consul's: a gzip'd tar of `meta.json`, `state.bin` and
/// `SHA256SUMS`, in this order (HTTP API 9.1).
///
/// What is in memory is one part of it.
public final class ArchiveWriter {
    static let metadataName = "meta.json"
    static let stateName = "state.bin"
    static let sumsName = "SHA256SUMS"

    private let gzip: GzipWriter
    private let metadata: ArchiveMetadata
    private let time: UInt64
    private var hash = SHA256()
    private var written = 0

    /// Makes a writer.
    ///
    /// - Parameters:
    ///   - metadata: what the archive says of itself; its size is that of the state.
    ///   - time: now, in seconds since 1970.
    ///   - level: of compression, 1 to 9.
    public init(_ metadata: ArchiveMetadata, time: UInt64, level: Int = 1) {
        self.metadata = metadata
        self.time = time
        gzip = GzipWriter(level: Int32(level))
    }

    /// The archive's first octets.
    public func begin() -> [UInt8] {
        var output: [UInt8] = []
        append(Self.metadataName, metadata.encoded, to: &output)
        let header = TarHeader(name: Self.stateName, size: metadata.size)
        gzip.append(header.encoded(time: time), to: &output)
        return output
    }

    /// The octets that follow when more of `state.bin` comes; none, when they wait for more.
    public func append(_ state: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        hash.update(data: state)
        written += state.count
        gzip.append(state, to: &output)
        return output
    }

    /// The archive's last octets.
    ///
    /// - Precondition: all of the state was appended.
    public func finish() -> [UInt8] {
        precondition(written == metadata.size, "\(written) octets of \(metadata.size)")
        var output: [UInt8] = []
        gzip.append(zeros(TarHeader.padding(after: metadata.size)), to: &output)
        let sums =
            Self.line(SHA256.hash(data: metadata.encoded), Self.metadataName)
            + Self.line(hash.finalize(), Self.stateName)
        append(Self.sumsName, Array(sums.utf8), to: &output)
        gzip.append(zeros(2 * TarHeader.blockLength), to: &output)
        gzip.finish(&output)
        return output
    }

    private func append(_ name: String, _ content: [UInt8], to output: inout [UInt8]) {
        let header = TarHeader(name: name, size: content.count)
        gzip.append(header.encoded(time: time) + content, to: &output)
        gzip.append(zeros(TarHeader.padding(after: content.count)), to: &output)
    }

    private func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

    /// A line of `SHA256SUMS`.
    static func line(_ digest: SHA256Digest, _ name: String) -> String {
        "\(hexadecimal(digest))  \(name)\n"
    }

    /// The octets of a digest in lower-case hexadecimal digits.
    static func hexadecimal(_ digest: SHA256Digest) -> String {
        digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
