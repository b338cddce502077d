// SPDX-License-Identifier: Apache-2.0
import Definitions
import MessagePack

// Keys 30 and 31 of every row are its indexes; commands leave them 0, since applying sets them.

extension NodeRow {
    func write(_ fields: inout FieldWriter) {
        fields.write(1, name)
        fields.write(2, id)
        fields.write(3, address)
        fields.write(4, taggedAddresses)
        fields.write(5, meta)
        if let locality { fields.write(6, locality.write) }
        fields.write(30, createIndex)
        fields.write(31, modifyIndex)
    }

    init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var row = NodeRow(name: "", address: "")
        try reader.readFields { key, reader throws(MessagePackError) in
            try row.read(key, &reader)
        }
        self = row
    }

    /// Reads the value of a member; `false` for a key that is not known.
    mutating func read(
        _ key: Int,
        _ reader: inout MessagePackReader
    ) throws(MessagePackError) -> Bool {
        switch key {
        case 1: name = try reader.readString()
        case 2: id = try reader.readString()
        case 3: address = try reader.readString()
        case 4: taggedAddresses = try reader.readTexts()
        case 5: meta = try reader.readTexts()
        case 6: locality = try Locality(reading: &reader)
        case 30: createIndex = try reader.readIndex()
        case 31: modifyIndex = try reader.readIndex()
        default: return false
        }
        return true
    }
}

extension ServiceRow {
    func write(_ fields: inout FieldWriter) {
        fields.write(1, node)
        fields.write(2, id)
        fields.write(3, name)
        fields.write(4, kind)
        fields.write(5, tags)
        fields.write(6, address)
        let tagged = taggedAddresses.sorted { $0.key < $1.key }
        fields.write(7, tagged.map { name, address in (name, address.write) })
        fields.write(8, meta)
        fields.write(9, port)
        fields.write(10, socketPath)
        if weights != ServiceWeights() { fields.write(11, weights.write) }
        fields.write(12, enableTagOverride)
        if let proxy { fields.write(13, proxy.write) }
        fields.write(14, connectNative)
        if priority != 1 { fields.write(15, evenZero: priority) }
        if let locality { fields.write(16, locality.write) }
        fields.write(30, createIndex)
        fields.write(31, modifyIndex)
    }

    init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var row = ServiceRow(node: "", id: "", name: "")
        var details = ServiceDetails()
        try reader.readFields { key, reader throws(MessagePackError) in
            if try row.read(key, &reader) { return true }
            return try details.read(key, &reader)
        }
        row.details = details.box()
        self = row
    }

    /// Reads the value of a member; `false` for a key that is not known, or one of ``ServiceDetails``.
    mutating func read(
        _ key: Int,
        _ reader: inout MessagePackReader
    ) throws(MessagePackError) -> Bool {
        switch key {
        case 1: node = try reader.readString()
        case 2: id = try reader.readString()
        case 3: name = try reader.readString()
        case 5: tags = try reader.readStrings()
        case 6: address = try reader.readString()
        case 8: meta = try reader.readTexts()
        case 9: port = try reader.readInteger()
        case 11: weights = try ServiceWeights(reading: &reader)
        case 12: enableTagOverride = try reader.readBool()
        case 14: connectNative = try reader.readBool()
        case 30: createIndex = try reader.readIndex()
        case 31: modifyIndex = try reader.readIndex()
        default: return false
        }
        return true
    }
}

extension ServiceDetails {
    /// Reads the value of a member; `false` for a key that is not known.
    mutating func read(
        _ key: Int,
        _ reader: inout MessagePackReader
    ) throws(MessagePackError) -> Bool {
        switch key {
        case 4: kind = try reader.readString()
        case 7:
            taggedAddresses = try reader.readDictionary {
                reader throws(MessagePackError) in try ServiceAddress(reading: &reader)
            }
        case 10: socketPath = try reader.readString()
        case 13: proxy = Box(try ProxyDefinition(reading: &reader))
        case 15: priority = try reader.readInteger()
        case 16: locality = Box(try Locality(reading: &reader))
        default: return false
        }
        return true
    }
}

extension CheckRow {
    func write(_ fields: inout FieldWriter) {
        fields.write(1, node)
        fields.write(2, id)
        fields.write(3, name)
        fields.write(4, status.rawValue)
        fields.write(5, notes)
        fields.write(6, output)
        fields.write(7, serviceID)
        fields.write(8, serviceName)
        fields.write(9, serviceTags)
        fields.write(10, type)
        fields.write(11, interval)
        fields.write(12, timeout)
        fields.write(13, exposedPort)
        fields.write(14, definitionJSON)
        fields.write(30, createIndex)
        fields.write(31, modifyIndex)
    }

    init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var row = CheckRow(node: "", id: "", name: "", status: CheckStatus(rawValue: ""))
        var details = CheckDetails()
        try reader.readFields { key, reader throws(MessagePackError) in
            if try row.read(key, &reader) { return true }
            return try details.read(key, &reader)
        }
        row.details = details.box()
        self = row
    }

    /// Reads the value of a member; `false` for a key that is not known, or one of ``CheckDetails``.
    mutating func read(
        _ key: Int,
        _ reader: inout MessagePackReader
    ) throws(MessagePackError) -> Bool {
        switch key {
        case 1: node = try reader.readString()
        case 2: id = try reader.readString()
        case 3: name = try reader.readString()
        case 4: status = CheckStatus(rawValue: try reader.readString())
        case 6: output = try reader.readString()
        case 7: serviceID = try reader.readString()
        case 8: serviceName = try reader.readString()
        case 9: serviceTags = try reader.readStrings()
        case 30: createIndex = try reader.readIndex()
        case 31: modifyIndex = try reader.readIndex()
        default: return false
        }
        return true
    }
}

extension CheckDetails {
    /// Reads the value of a member; `false` for a key that is not known.
    mutating func read(
        _ key: Int,
        _ reader: inout MessagePackReader
    ) throws(MessagePackError) -> Bool {
        switch key {
        case 5: notes = try reader.readString()
        case 10: type = try reader.readString()
        case 11: interval = try reader.readString()
        case 12: timeout = try reader.readString()
        case 13: exposedPort = try reader.readInteger()
        case 14: definitionJSON = try reader.readString()
        default: return false
        }
        return true
    }
}

extension ServiceAddress {
    func write(_ fields: inout FieldWriter) {
        fields.write(1, address)
        fields.write(2, port)
    }

    init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var result = ServiceAddress(address: "", port: 0)
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: result.address = try reader.readString()
            case 2: result.port = try reader.readInteger()
            default: return false
            }
            return true
        }
        self = result
    }
}

extension Locality {
    func write(_ fields: inout FieldWriter) {
        fields.write(1, region)
        fields.write(2, zone)
    }

    init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var result = Locality(region: "", zone: "")
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: result.region = try reader.readString()
            case 2: result.zone = try reader.readString()
            default: return false
            }
            return true
        }
        self = result
    }
}

extension ServiceWeights {
    func write(_ fields: inout FieldWriter) {
        fields.write(1, passing)
        fields.write(2, warning)
    }

    init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var result = ServiceWeights(passing: 0, warning: 0)
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: result.passing = try reader.readInteger()
            case 2: result.warning = try reader.readInteger()
            default: return false
            }
            return true
        }
        self = result
    }
}

extension ProxyDefinition {
    func write(_ fields: inout FieldWriter) {
        fields.write(1, destinationServiceName)
        fields.write(2, destinationServiceID)
        fields.write(3, localServiceAddress)
        fields.write(4, localServicePort)
        fields.write(5, mode)
        fields.write(6, configJSON)
        fields.write(7, upstreamsJSON)
        fields.write(8, meshGatewayMode)
        fields.write(9, exposeJSON)
        fields.write(10, dataPlaneJSON)
    }

    init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var result = ProxyDefinition()
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: result.destinationServiceName = try reader.readString()
            case 2: result.destinationServiceID = try reader.readString()
            case 3: result.localServiceAddress = try reader.readString()
            case 4: result.localServicePort = try reader.readInteger()
            case 5: result.mode = try reader.readString()
            case 6: result.configJSON = try reader.readString()
            case 7: result.upstreamsJSON = try reader.readString()
            case 8: result.meshGatewayMode = try reader.readString()
            case 9: result.exposeJSON = try reader.readString()
            case 10: result.dataPlaneJSON = try reader.readString()
            default: return false
            }
            return true
        }
        self = result
    }
}
