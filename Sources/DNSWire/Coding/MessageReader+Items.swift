// SPDX-License-Identifier: Apache-2.0

extension MessageReader {
    /// Reads the twelve octets of a header and the counts of the sections (RFC 1035 §4.1.1).
    public mutating func readHeader() throws(MessageDecodingError) -> (
        header: Header, counts: SectionCounts
    ) {
        guard remaining >= Header.length else {
            throw MessageDecodingError(.truncated, at: count)
        }
        let id = try readUInt16()
        let flags = try readUInt16()
        let counts = SectionCounts(
            questions: try readUInt16(),
            answers: try readUInt16(),
            authorities: try readUInt16(),
            additionals: try readUInt16()
        )
        return (Header(id: id, flags: flags), counts)
    }

    /// Reads a question (RFC 1035 §4.1.2).
    public mutating func readQuestion() throws(MessageDecodingError) -> Question {
        let name = try readName()
        let type = RecordType(rawValue: try readUInt16())
        return Question(name: name, type: type, class: RecordClass(rawValue: try readUInt16()))
    }

    /// Reads a record (RFC 1035 §4.1.3).
    ///
    /// Names in the data of the types that ``RecordData`` knows are decompressed; data of other
    /// types stay opaque (RFC 3597 §3). Client-subnet options of an OPT record are checked.
    public mutating func readRecord() throws(MessageDecodingError) -> ResourceRecord {
        let name = try readName()
        let type = RecordType(rawValue: try readUInt16())
        let recordClass = RecordClass(rawValue: try readUInt16())
        let ttl = try readUInt32()
        let length = Int(try readUInt16())
        guard remaining >= length else { throw MessageDecodingError(.truncated, at: count) }
        let end = offset + length
        let data = try readRecordData(type: type, class: recordClass, end: end)
        // A name may have run beyond the data, or the data go on behind the last field.
        guard offset == end else { throw MessageDecodingError(.malformedRecordData, at: offset) }
        return ResourceRecord(name: name, class: recordClass, ttl: ttl, data: data)
    }
}
