// SPDX-License-Identifier: Apache-2.0
import Definitions
import MessagePack

extension SessionChange {
    func write(_ fields: inout FieldWriter) {
        fields.write(1, operation.rawValue)
        fields.write(2, session.write)
    }

    init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var result = SessionChange.destroy(id: "")
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: result.operation = try reader.readEnumeration()
            case 2: result.session = try SessionRow(reading: &reader)
            default: return false
            }
            return true
        }
        self = result
    }
}

extension SessionRow {
    func write(_ fields: inout FieldWriter) {
        fields.write(1, id)
        fields.write(2, name)
        fields.write(3, node)
        fields.write(4, Int(GoDuration.nanoseconds(lockDelay)))
        fields.write(5, behavior == .delete)
        fields.write(6, ttl)
        fields.write(7, nodeChecks)
        if let serviceChecks {
            // An empty list is not an absent one.
            fields.write(8, true)
            fields.write(9, serviceChecks.map { check in check.write })
        }
        fields.write(30, createIndex)
        fields.write(31, modifyIndex)
    }

    init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var row = SessionRow(id: "", node: "", lockDelay: .zero)
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: row.id = try reader.readString()
            case 2: row.name = try reader.readString()
            case 3: row.node = try reader.readString()
            case 4: row.lockDelay = .nanoseconds(try reader.readInteger() as Int64)
            case 5: row.behavior = try reader.readBool() ? .delete : .release
            case 6: row.ttl = try reader.readString()
            case 7: row.nodeChecks = try reader.readStrings()
            case 8: if try reader.readBool() { row.serviceChecks = row.serviceChecks ?? [] }
            case 9:
                var checks: [SessionServiceCheck] = []
                for _ in 0..<(try reader.readArrayCount()) {
                    checks.append(try SessionServiceCheck(reading: &reader))
                }
                row.serviceChecks = checks
            case 30: row.createIndex = try reader.readIndex()
            case 31: row.modifyIndex = try reader.readIndex()
            default: return false
            }
            return true
        }
        self = row
    }
}

extension SessionServiceCheck {
    fileprivate func write(_ fields: inout FieldWriter) {
        fields.write(1, id)
        fields.write(2, namespace)
    }

    fileprivate init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var result = SessionServiceCheck(id: "")
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: result.id = try reader.readString()
            case 2: result.namespace = try reader.readString()
            default: return false
            }
            return true
        }
        self = result
    }
}
