// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials

/// What an archive says of itself: `meta.json`, with the members of Consul's (HTTP API 9.1).
public struct ArchiveMetadata: Hashable, Sendable {
    /// The version of the archive; there is only 1.
    public static let version = 1

    /// `term-index-milliseconds`.
    public var id: String
    /// The index of the last command that is in it.
    public var index: UInt64
    /// The term of that command.
    public var term: UInt64
    /// The octets of `state.bin`.
    public var size: Int
    /// The version of the archive.
    public var version: Int

    /// Makes the metadata of a new archive.
    ///
    /// - Parameters:
    ///   - index: the index of the last command that is in it.
    ///   - term: the term of that command.
    ///   - size: the octets of `state.bin`.
    ///   - milliseconds: now, since 1970.
    public init(index: UInt64, term: UInt64, size: Int, milliseconds: UInt64) {
        id = "\(term)-\(index)-\(milliseconds)"
        self.index = index
        self.term = term
        self.size = size
        version = Self.version
    }

    // Consul's names of members; servers are told of by their cluster, not by an archive.
    private struct Members: Decodable {
        var version: Int
        var id: String
        var index: UInt64
        var term: UInt64
        var size: Int

        enum CodingKeys: String, CodingKey {
            case version = "Version"
            case id = "ID"
            case index = "Index"
            case term = "Term"
            case size = "Size"
        }
    }

    /// The file's content.
    ///
    /// A single server has no peers to tell of: 0x90 is MessagePack's list of none.
    var encoded: [UInt8] {
        Array(
            """
            {"Version":\(version),"ID":"\(id)","Index":\(index),"Term":\(term),"Peers":"kA==",\
            "Configuration":{"Servers":[]},"ConfigurationIndex":0,"Size":\(size)}

            """.utf8
        )
    }

    /// Reads the file's content.
    init(decoding octets: [UInt8]) throws(ArchiveProblem) {
        let members: Members
        do { members = try JSONDecoder().decode(Members.self, from: Data(octets)) } catch {
            throw ArchiveProblem(
                .reading,
                "failed to decode snapshot metadata: \(Self.words(error))"
            )
        }
        id = members.id
        index = members.index
        term = members.term
        size = members.size
        version = members.version
        guard version == Self.version else {
            throw ArchiveProblem(
                .content,
                "the archive has version \(version), and this version reads \(Self.version)"
            )
        }
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): "\(key.stringValue) is missing"
        case DecodingError.typeMismatch(_, let context),
            DecodingError.valueNotFound(_, let context):
            "\(context.codingPath.map(\.stringValue).joined(separator: ".")) is of another type"
        default: "it is no JSON"
        }
    }
}
