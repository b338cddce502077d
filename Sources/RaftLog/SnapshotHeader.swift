// SPDX-License-Identifier: Apache-2.0

/// What a snapshot says of itself: the front of its file.
public struct SnapshotHeader: Hashable, Sendable {
    /// The index of the last entry that is in it.
    public var index: UInt64
    /// The term of that entry.
    public var term: UInt64
    /// The version of commands that whoever applies the next ones must know.
    public var commandVersion: UInt32
    /// The cluster's ID.
    public var cluster: [UInt8]
    /// The IDs of the servers in the configuration in effect.
    public var servers: [String]

    /// Makes a header.
    ///
    /// - Precondition: `cluster` has ``LogIdentity/keyLength`` octets.
    public init(
        index: UInt64,
        term: UInt64,
        commandVersion: UInt32,
        cluster: [UInt8],
        servers: [String]
    ) {
        precondition(cluster.count == LogIdentity.keyLength)
        self.index = index
        self.term = term
        self.commandVersion = commandVersion
        self.cluster = cluster
        self.servers = servers
    }

    static let magic = Array("WAYPSNAP".utf8)
    static let format: UInt32 = 1
    /// Magic, format, and the length of what follows.
    static let frontLength = 16
    /// The most octets of what follows; 64 servers with a UUID each take less.
    static let lengthLimit = 64 << 10

    /// The octets, with their checksum at the end.
    var encoded: [UInt8] {
        var content: [UInt8] = []
        content.append(littleEndian: index)
        content.append(littleEndian: term)
        content.append(littleEndian: commandVersion)
        content.append(contentsOf: cluster)
        content.append(littleEndian: UInt32(servers.count))
        for server in servers {
            content.append(littleEndian: UInt32(server.utf8.count))
            content.append(contentsOf: server.utf8)
        }
        var octets = Self.magic
        octets.append(littleEndian: Self.format)
        octets.append(littleEndian: UInt32(content.count))
        octets.append(contentsOf: content)
        octets.append(littleEndian: Checksum.of(octets[...]))
        return octets
    }

    /// Reads what follows the front.
    init?(decoding content: ArraySlice<UInt8>) {
        var reader = LittleEndianReader(content)
        guard let index = reader.read(UInt64.self), let term = reader.read(UInt64.self),
            let commandVersion = reader.read(UInt32.self),
            let cluster = reader.readOctets(LogIdentity.keyLength),
            let count = reader.read(UInt32.self), count <= 64
        else { return nil }
        var servers: [String] = []
        for _ in 0..<count {
            guard let length = reader.read(UInt32.self),
                let octets = reader.readOctets(Int(length))
            else { return nil }
            servers.append(String(decoding: octets, as: UTF8.self))
        }
        self.init(
            index: index,
            term: term,
            commandVersion: commandVersion,
            cluster: Array(cluster),
            servers: servers
        )
    }
}

/// The name of a snapshot's file: `<index>.snapshot`.
public struct SnapshotName: Hashable, Comparable, Sendable {
    /// The index of the last entry that is in it.
    public var index: UInt64

    /// What a snapshot is called until it is whole and durable.
    public static let part = "snapshot.part"
    /// What one is called that is to replace the state, until it is whole and durable.
    public static let restorationPart = "restoration.part"
    private static let restorationEnd = ".restoration"

    /// Makes a name.
    public init(index: UInt64) { self.index = index }

    /// Reads a file's name; `nil` for any other file.
    public init?(_ text: String) {
        guard text.hasSuffix(".snapshot"), let index = UInt64(text.dropLast(9)) else { return nil }
        self.init(index: index)
        guard self.text == text else { return nil }
    }

    /// Reads the name of a snapshot that is to replace the state; `nil` for any other file.
    public init?(restoration text: String) {
        guard text.hasSuffix(Self.restorationEnd),
            let index = UInt64(text.dropLast(Self.restorationEnd.utf8.count))
        else { return nil }
        self.init(index: index)
        guard restorationText == text else { return nil }
    }

    /// The file's name.
    public var text: String { "\(SegmentName.padded(index, 20)).snapshot" }

    /// The file's name while it is to replace the state: it counts only if the log says so.
    public var restorationText: String {
        "\(SegmentName.padded(index, 20))\(Self.restorationEnd)"
    }

    /// Orders by index.
    public static func < (a: SnapshotName, b: SnapshotName) -> Bool { a.index < b.index }
}
