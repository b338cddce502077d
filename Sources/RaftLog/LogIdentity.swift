// SPDX-License-Identifier: Apache-2.0

/// Whose log this is: the file `identity`.
///
/// A server that lost its directory must come back under a new ID, since it no longer knows what
/// it voted for and stored.
public struct LogIdentity: Hashable, Sendable {
    /// The file's name.
    public static let fileName = "identity"
    /// The octets of ``cluster`` and ``salt``.
    public static let keyLength = 16
    private static let magic = Array("WAYPOSTI".utf8)
    private static let format: UInt32 = 1

    /// The server's ID, a UUID.
    public var server: String
    /// The cluster's ID.
    public var cluster: [UInt8]
    /// With what the checksums of heads begin; nobody outside knows it.
    public var salt: [UInt8]

    /// Makes an identity.
    ///
    /// - Precondition: `cluster` and `salt` have ``keyLength`` octets.
    public init(server: String, cluster: [UInt8], salt: [UInt8]) {
        precondition(cluster.count == Self.keyLength && salt.count == Self.keyLength)
        self.server = server
        self.cluster = cluster
        self.salt = salt
    }

    /// The file's content.
    public var encoded: [UInt8] {
        var octets = Self.magic
        octets.append(littleEndian: Self.format)
        octets.append(contentsOf: cluster)
        octets.append(contentsOf: salt)
        octets.append(littleEndian: UInt32(server.utf8.count))
        octets.append(contentsOf: server.utf8)
        octets.append(littleEndian: Checksum.of(octets[...]))
        return octets
    }

    /// Reads the file's content.
    public init(decoding octets: [UInt8], path: String) throws(LogProblem) {
        var reader = LittleEndianReader(octets[...])
        let damaged = LogProblem(.damaged, path, at: 0, "the identity of this server is damaged")
        guard octets.count >= 4, reader.readOctets(8).map(Array.init) == Self.magic else {
            throw damaged
        }
        var stored = LittleEndianReader(octets.suffix(4))
        guard stored.read(UInt32.self) == Checksum.of(octets.dropLast(4)) else { throw damaged }
        let format = reader.read(UInt32.self)
        guard format == Self.format else {
            throw LogProblem(.newerFormat, path, at: 8, "identity has format \(format ?? 0)")
        }
        guard let cluster = reader.readOctets(Self.keyLength),
            let salt = reader.readOctets(Self.keyLength), let count = reader.read(UInt32.self),
            let server = reader.readOctets(Int(count)), reader.rest.count == 4
        else { throw damaged }
        self.init(
            server: String(decoding: server, as: UTF8.self),
            cluster: Array(cluster),
            salt: Array(salt)
        )
    }
}
