// SPDX-License-Identifier: Apache-2.0
import MessagePack

extension Registration {
    func write(_ fields: inout FieldWriter) {
        fields.write(1, node.write)
        fields.write(2, skipNodeUpdate)
        if let service { fields.write(3, service.write) }
        fields.write(4, checks.map { check in check.write })
    }

    init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        self.init(node: NodeRow(name: "", address: ""))
        var result = self
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: result.node = try NodeRow(reading: &reader)
            case 2: result.skipNodeUpdate = try reader.readBool()
            case 3: result.service = try ServiceRow(reading: &reader)
            case 4:
                for _ in 0..<(try reader.readArrayCount()) {
                    result.checks.append(try CheckRow(reading: &reader))
                }
            default: return false
            }
            return true
        }
        self = result
    }
}

extension Deregistration {
    func write(_ fields: inout FieldWriter) {
        fields.write(1, node)
        fields.write(2, serviceID)
        fields.write(3, checkID)
    }

    init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var result = Deregistration(node: "")
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: result.node = try reader.readString()
            case 2: result.serviceID = try reader.readString()
            case 3: result.checkID = try reader.readString()
            default: return false
            }
            return true
        }
        self = result
    }
}
