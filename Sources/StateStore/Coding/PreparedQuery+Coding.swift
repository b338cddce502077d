// SPDX-License-Identifier: Apache-2.0
import MessagePack

extension PreparedQueryChange {
    func write(_ fields: inout FieldWriter) {
        fields.write(1, operation.rawValue)
        fields.write(2, query.write)
    }

    init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var operation: Operation?
        var query = PreparedQueryRow(service: ServiceQuery(service: ""))
        let start = reader.offset
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: operation = Operation(rawValue: try reader.readInteger())
            case 2: query = try PreparedQueryRow(reading: &reader)
            default: return false
            }
            return true
        }
        guard let operation else { throw MessagePackError(.outOfRange, at: start) }
        self.init(operation, query)
    }
}

extension PreparedQueryRow {
    func write(_ fields: inout FieldWriter) {
        fields.write(1, id)
        fields.write(2, name)
        fields.write(3, session)
        fields.write(4, token)
        if template != QueryTemplateOptions() { fields.write(5, template.write) }
        fields.write(6, service.write)
        fields.write(7, dnsTTL)
        fields.write(30, createIndex)
        fields.write(31, modifyIndex)
    }

    init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var row = PreparedQueryRow(service: ServiceQuery(service: ""))
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: row.id = try reader.readString()
            case 2: row.name = try reader.readString()
            case 3: row.session = try reader.readString()
            case 4: row.token = try reader.readString()
            case 5: row.template = try QueryTemplateOptions(reading: &reader)
            case 6: row.service = try ServiceQuery(reading: &reader)
            case 7: row.dnsTTL = try reader.readString()
            case 30: row.createIndex = try reader.readIndex()
            case 31: row.modifyIndex = try reader.readIndex()
            default: return false
            }
            return true
        }
        self = row
    }
}

extension QueryTemplateOptions {
    fileprivate func write(_ fields: inout FieldWriter) {
        fields.write(1, type)
        fields.write(2, regexp)
        fields.write(3, removeEmptyTags)
    }

    fileprivate init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var result = QueryTemplateOptions()
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: result.type = try reader.readString()
            case 2: result.regexp = try reader.readString()
            case 3: result.removeEmptyTags = try reader.readBool()
            default: return false
            }
            return true
        }
        self = result
    }
}

extension ServiceQuery {
    fileprivate func write(_ fields: inout FieldWriter) {
        fields.write(1, service)
        if failover != QueryFailover() { fields.write(2, failover.write) }
        fields.write(3, onlyPassing)
        fields.write(4, ignoreCheckIDs)
        fields.write(5, near)
        fields.write(6, tags)
        fields.write(7, nodeMeta)
        fields.write(8, serviceMeta)
        fields.write(9, connect)
        fields.write(10, peer)
    }

    fileprivate init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var result = ServiceQuery(service: "")
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: result.service = try reader.readString()
            case 2: result.failover = try QueryFailover(reading: &reader)
            case 3: result.onlyPassing = try reader.readBool()
            case 4: result.ignoreCheckIDs = try reader.readStrings()
            case 5: result.near = try reader.readString()
            case 6: result.tags = try reader.readStrings()
            case 7: result.nodeMeta = try reader.readTexts()
            case 8: result.serviceMeta = try reader.readTexts()
            case 9: result.connect = try reader.readBool()
            case 10: result.peer = try reader.readString()
            default: return false
            }
            return true
        }
        self = result
    }
}

extension QueryFailover {
    fileprivate func write(_ fields: inout FieldWriter) {
        fields.write(1, nearestN)
        fields.write(2, datacenters)
        fields.write(3, targets.map { target in target.write })
    }

    fileprivate init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var result = QueryFailover()
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: result.nearestN = try reader.readInteger()
            case 2: result.datacenters = try reader.readStrings()
            case 3:
                for _ in 0..<(try reader.readArrayCount()) {
                    result.targets.append(try Target(reading: &reader))
                }
            default: return false
            }
            return true
        }
        self = result
    }
}

extension QueryFailover.Target {
    fileprivate func write(_ fields: inout FieldWriter) {
        fields.write(1, datacenter)
        fields.write(2, peer)
    }

    fileprivate init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var result = QueryFailover.Target()
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: result.datacenter = try reader.readString()
            case 2: result.peer = try reader.readString()
            default: return false
            }
            return true
        }
        self = result
    }
}
