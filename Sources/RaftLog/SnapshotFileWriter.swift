// SPDX-License-Identifier: Apache-2.0

/// Writes a snapshot: its header, frames of some 256 KiB each, and a footer.
///
/// A frame is its length (u32, never 0), its checksum (u32) and its octets; the checksum goes on
/// from that of the frame before, the first from that of the header, so that no frame can be
/// missing, doubled or from elsewhere. The footer is a length of 0, the checksum, the number of
/// frames (u64), their octets (u64), and the checksum of those two.
///
/// What is in memory is one frame.
public struct SnapshotFileWriter {
    /// About how many octets a frame has.
    public static let frameLength = 256 << 10
    /// The most octets of a frame: one row of a table may be large.
    ///
    /// Far more than a row may have that a command or a client brings; versions before such rows were bounded may have
    /// read frames of 64 MiB, which must be written again with what stands around them.
    public static let frameLimit = 72 << 20

    private let directory: any LogDirectory
    private let file: any LogFile
    private let header: SnapshotHeader
    private let part: String
    private var place: Int
    private var checksum: UInt32
    private var frames: UInt64 = 0
    private var octets: UInt64 = 0

    /// Begins a snapshot.
    ///
    /// - Parameters:
    ///   - directory: where it is to be.
    ///   - header: what it says of itself.
    ///   - part: what it is called until it is whole.
    /// - Throws: ``StorageError`` when the file cannot be made.
    public init(
        _ directory: any LogDirectory,
        _ header: SnapshotHeader,
        part: String = SnapshotName.part
    ) throws(StorageError) {
        self.directory = directory
        self.header = header
        self.part = part
        let octets = header.encoded
        file = try directory.open(part, isNew: true)
        try file.write(octets, at: 0)
        place = octets.count
        checksum = Checksum.of(octets.dropLast(4))
    }

    /// Appends a frame; one without octets is left out.
    ///
    /// - Precondition: it has at most ``frameLimit`` octets.
    public mutating func append(_ frame: [UInt8]) throws(StorageError) {
        if frame.isEmpty { return }
        precondition(frame.count <= Self.frameLimit)
        checksum = Checksum.of(frame[...], continuing: checksum)
        var head: [UInt8] = []
        head.append(littleEndian: UInt32(frame.count))
        head.append(littleEndian: checksum)
        try file.write(head + frame, at: place)
        place += head.count + frame.count
        frames += 1
        octets += UInt64(frame.count)
    }

    /// Ends the snapshot, makes it durable, and gives it its name.
    ///
    /// - Parameter name: another name than that of its index.
    /// - Returns: The octets of the file.
    /// - Throws: ``StorageError``; what is left of the file is the caller's to remove.
    public consuming func finish(as name: String? = nil) throws(StorageError) -> Int {
        var footer: [UInt8] = []
        footer.append(littleEndian: UInt32(0))
        footer.append(littleEndian: checksum)
        footer.append(littleEndian: frames)
        footer.append(littleEndian: octets)
        footer.append(littleEndian: Checksum.of(footer[...]))
        try file.write(footer, at: place)
        try file.synchronize()
        try directory.rename(part, to: name ?? SnapshotName(index: header.index).text)
        try directory.synchronize()
        return place + footer.count
    }
}
