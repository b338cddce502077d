// SPDX-License-Identifier: Apache-2.0

/// The head of a batch: what is written and made durable at once, whole or not at all.
///
/// 48 octets at a multiple of ``alignment``: magic, format (u16), length of the head (u16), the
/// segment's sequence, the batch's number, the length of the body, its count of records, the
/// checksum of the head before, that of the body, four octets that are 0, the checksum of this
/// head. The checksum of a head begins with the salt of the log, so that no value that somebody
/// stores can pass for a head.
struct BatchHeader: Hashable, Sendable {
    static let length = 48
    /// Where batches begin: at multiples of this.
    static let alignment = 4096
    /// The text `WAYL`.
    private static let magic: UInt32 = 0x4c59_4157
    private static let format: UInt16 = 1

    /// The sequence of the segment.
    var segment: UInt64
    /// The batches of a log are numbered through.
    var number: UInt64
    /// The octets of the body.
    var bodyLength: UInt32
    /// The records in the body.
    var recordCount: UInt32
    /// The checksum of the head of the batch before; 0 for the first of a log.
    var previous: UInt32
    /// The checksum of the body.
    var body: UInt32

    /// The room that a body takes with its head.
    static func room(forBody count: Int) -> Int {
        (length + count + alignment - 1) / alignment * alignment
    }

    /// The head's octets and its checksum.
    func encoded(salt: [UInt8]) -> (octets: [UInt8], checksum: UInt32) {
        var octets: [UInt8] = []
        octets.reserveCapacity(Self.length)
        octets.append(littleEndian: Self.magic)
        octets.append(littleEndian: Self.format)
        octets.append(littleEndian: UInt16(Self.length))
        octets.append(littleEndian: segment)
        octets.append(littleEndian: number)
        octets.append(littleEndian: bodyLength)
        octets.append(littleEndian: recordCount)
        octets.append(littleEndian: previous)
        octets.append(littleEndian: body)
        octets.append(littleEndian: UInt32(0))
        let checksum = Checksum.of(octets[...], continuing: Checksum.of(salt[...]))
        octets.append(littleEndian: checksum)
        return (octets, checksum)
    }

    /// What stands at a place where a batch may begin.
    enum Found: Hashable {
        /// No head that this log wrote.
        case none
        /// A head, with its checksum.
        case header(BatchHeader, checksum: UInt32)
        /// A head of a format that is not known.
        case unknownFormat(UInt16)
    }

    /// Looks for a head at the front of octets.
    static func find(_ octets: ArraySlice<UInt8>, salt: [UInt8]) -> Found {
        var reader = LittleEndianReader(octets)
        guard reader.read(UInt32.self) == magic, let format = reader.read(UInt16.self),
            let length = reader.read(UInt16.self), length >= Self.length,
            length <= octets.count, length <= alignment
        else { return .none }
        let end = octets.startIndex + Int(length) - 4
        var stored = LittleEndianReader(octets[end...])
        let checksum = Checksum.of(octets[..<end], continuing: Checksum.of(salt[...]))
        guard stored.read(UInt32.self) == checksum else { return .none }
        guard format == Self.format, length == Self.length else { return .unknownFormat(format) }
        guard let segment = reader.read(UInt64.self), let number = reader.read(UInt64.self),
            let bodyLength = reader.read(UInt32.self), let recordCount = reader.read(UInt32.self),
            let previous = reader.read(UInt32.self), let body = reader.read(UInt32.self)
        else { return .none }
        let header = BatchHeader(
            segment: segment,
            number: number,
            bodyLength: bodyLength,
            recordCount: recordCount,
            previous: previous,
            body: body
        )
        return .header(header, checksum: checksum)
    }
}
