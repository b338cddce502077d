// SPDX-License-Identifier: Apache-2.0
import MessagePack

extension ConfigEntryChange {
    func write(_ fields: inout FieldWriter) {
        fields.write(1, entry.write)
        fields.write(2, isDeletion)
        // Index 0 is an expectation too.
        if let expectedIndex { fields.write(3) { $0.write(1, expectedIndex) } }
    }

    init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var result = ConfigEntryChange(
            ConfigEntryRow(kind: ConfigEntryKind(rawValue: ""), name: "")
        )
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: result.entry = try ConfigEntryRow(reading: &reader)
            case 2: result.isDeletion = try reader.readBool()
            case 3: result.expectedIndex = try Self.readExpectedIndex(&reader)
            default: return false
            }
            return true
        }
        self = result
    }

    private static func readExpectedIndex(
        _ reader: inout MessagePackReader
    ) throws(MessagePackError) -> RaftIndex {
        var index = RaftIndex.zero
        try reader.readFields { key, reader throws(MessagePackError) in
            guard key == 1 else { return false }
            index = try reader.readIndex()
            return true
        }
        return index
    }
}

extension ConfigEntryRow {
    func write(_ fields: inout FieldWriter) {
        fields.write(1, kind.rawValue)
        fields.write(2, name)
        fields.write(3, contentJSON)
        fields.write(4, services)
        fields.write(30, createIndex)
        fields.write(31, modifyIndex)
    }

    init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var row = ConfigEntryRow(kind: ConfigEntryKind(rawValue: ""), name: "")
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: row.kind = ConfigEntryKind(rawValue: try reader.readString())
            case 2: row.name = try reader.readString()
            case 3: row.contentJSON = try reader.readString()
            case 4: row.services = try reader.readStrings()
            case 30: row.createIndex = try reader.readIndex()
            case 31: row.modifyIndex = try reader.readIndex()
            default: return false
            }
            return true
        }
        self = row
    }
}

extension CoordinateRow {
    func write(_ fields: inout FieldWriter) {
        fields.write(1, node)
        fields.write(2, segment)
        fields.write(3, coordinate.write)
    }

    init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var row = CoordinateRow(node: "", coordinate: NetworkCoordinate())
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: row.node = try reader.readString()
            case 2: row.segment = try reader.readString()
            case 3: row.coordinate = try NetworkCoordinate(reading: &reader)
            default: return false
            }
            return true
        }
        self = row
    }
}

extension NetworkCoordinate {
    fileprivate func write(_ fields: inout FieldWriter) {
        fields.write(1, vector)
        fields.write(2, error)
        fields.write(3, adjustment)
        fields.write(4, height)
    }

    fileprivate init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var result = NetworkCoordinate(vector: [], error: 0, adjustment: 0, height: 0)
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1:
                for _ in 0..<(try reader.readArrayCount()) {
                    result.vector.append(try reader.readFinite())
                }
            case 2: result.error = try reader.readFinite()
            case 3: result.adjustment = try reader.readFinite()
            case 4: result.height = try reader.readFinite()
            default: return false
            }
            return true
        }
        self = result
    }
}
