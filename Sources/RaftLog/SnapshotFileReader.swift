// SPDX-License-Identifier: Apache-2.0

/// Reads a snapshot frame by frame; every octet of the file is checked.
public struct SnapshotFileReader {
    private let file: any LogFile
    private let path: String
    private var place: Int
    private var checksum: UInt32
    private var frames: UInt64 = 0
    private var octets: UInt64 = 0
    /// What the snapshot says of itself.
    public let header: SnapshotHeader

    /// Opens a snapshot and reads its header.
    public init(_ file: any LogFile, path: String) throws(LogProblem) {
        self.file = file
        self.path = path
        let frontLength = SnapshotHeader.frontLength
        let front = try Self.read(file, path, at: 0, count: frontLength)
        var reader = LittleEndianReader(front[...])
        guard reader.readOctets(8).map(Array.init) == SnapshotHeader.magic else {
            throw LogProblem(.damaged, path, at: 0, "this is no snapshot")
        }
        let format = reader.read(UInt32.self) ?? 0
        let length = Int(reader.read(UInt32.self) ?? 0)
        guard length <= SnapshotHeader.lengthLimit else {
            throw LogProblem(.damaged, path, at: 12, "its header is damaged")
        }
        let rest = try Self.read(file, path, at: frontLength, count: length + 4)
        let all = front + rest
        var stored = LittleEndianReader(all.suffix(4))
        checksum = Checksum.of(all.dropLast(4))
        guard stored.read(UInt32.self) == checksum else {
            throw LogProblem(.damaged, path, at: 0, "the checksum of its header is wrong")
        }
        guard format == SnapshotHeader.format else {
            throw LogProblem(.newerFormat, path, at: 8, "the snapshot has format \(format)")
        }
        guard let header = SnapshotHeader(decoding: rest.dropLast(4)) else {
            throw LogProblem(.damaged, path, at: frontLength, "its header cannot be read")
        }
        self.header = header
        place = all.count
    }

    /// The place of the next frame in the file.
    public var offset: Int { place }

    /// The octets of the next frame; `nil` once the footer was read and found right.
    public mutating func next() throws(LogProblem) -> [UInt8]? {
        let head = try Self.read(file, path, at: place, count: 8)
        var reader = LittleEndianReader(head[...])
        let length = Int(reader.read(UInt32.self) ?? 0)
        let stored = reader.read(UInt32.self) ?? 0
        if length == 0 {
            try readFooter(head)
            return nil
        }
        guard length <= SnapshotFileWriter.frameLimit else {
            throw LogProblem(.damaged, path, at: place, "the length of a frame is damaged")
        }
        let frame = try Self.read(file, path, at: place + 8, count: length)
        checksum = Checksum.of(frame[...], continuing: checksum)
        guard stored == checksum else {
            throw LogProblem(.damaged, path, at: place, "the checksum of a frame is wrong")
        }
        place += 8 + length
        frames += 1
        octets += UInt64(length)
        return frame
    }

    private func readFooter(_ head: [UInt8]) throws(LogProblem) {
        let rest = try Self.read(file, path, at: place + 8, count: 20)
        var reader = LittleEndianReader(rest[...])
        var stored = LittleEndianReader(head.dropFirst(4))
        guard stored.read(UInt32.self) == checksum, reader.read(UInt64.self) == frames,
            reader.read(UInt64.self) == octets,
            reader.read(UInt32.self) == Checksum.of((head + rest.dropLast(4))[...])
        else { throw LogProblem(.damaged, path, at: place, "its footer is damaged") }
        let file = file
        let size = try storage { () throws(StorageError) in try file.size() }
        guard size == place + 28 else {
            throw LogProblem(.damaged, path, at: place + 28, "octets follow its end")
        }
    }

    private static func read(
        _ file: any LogFile,
        _ path: String,
        at place: Int,
        count: Int
    ) throws(LogProblem) -> [UInt8] {
        let octets = try storage { () throws(StorageError) in
            try file.read(at: place, count: count)
        }
        guard octets.count == count else {
            throw LogProblem(.damaged, path, at: place + octets.count, "it ends too early")
        }
        return octets
    }
}
