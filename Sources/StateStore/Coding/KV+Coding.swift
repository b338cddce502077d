// SPDX-License-Identifier: Apache-2.0
import MessagePack

extension KVOperation {
    func write(_ fields: inout FieldWriter) {
        fields.write(1, verb.rawValue)
        fields.write(2, key)
        fields.write(3, octets: value)
        fields.write(4, flags)
        fields.write(5, session)
        fields.write(6, index)
    }

    init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var result = KVOperation(.set, "")
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: result.verb = try reader.readEnumeration()
            case 2: result.key = try reader.readString()
            case 3: result.value = try reader.readOctets()
            case 4: result.flags = try reader.readInteger()
            case 5: result.session = try reader.readString()
            case 6: result.index = try reader.readIndex()
            default: return false
            }
            return true
        }
        self = result
    }
}

extension KVRow {
    func write(_ fields: inout FieldWriter) {
        fields.write(1, key)
        fields.write(2, octets: value)
        fields.write(3, flags)
        fields.write(4, session)
        fields.write(5, lockIndex)
        fields.write(30, createIndex)
        fields.write(31, modifyIndex)
    }

    init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var row = KVRow(key: "")
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: row.key = try reader.readString()
            case 2: row.value = try reader.readOctets()
            case 3: row.flags = try reader.readInteger()
            case 4: row.session = try reader.readString()
            case 5: row.lockIndex = try reader.readInteger()
            case 30: row.createIndex = try reader.readIndex()
            case 31: row.modifyIndex = try reader.readIndex()
            default: return false
            }
            return true
        }
        self = row
    }
}

extension MessagePackReader {
    /// Reads the number of a case; one that this version does not know is refused, for it cannot
    /// be left out.
    mutating func readEnumeration<Value: RawRepresentable>() throws(MessagePackError) -> Value
    where Value.RawValue == Int {
        let start = offset
        let number: Int = try readInteger()
        guard let value = Value(rawValue: number) else {
            throw MessagePackError(.outOfRange, at: start)
        }
        return value
    }
}
