// SPDX-License-Identifier: Apache-2.0
public import Definitions
public import MessagePack

// How an agent keeps what was registered with it over HTTP, by the rules of commands
// (`Command+Coding.swift`): unknown keys are skipped, a missing one is the default.

extension ServiceDefinition {
    /// Writes the keys 1 to 17.
    func write(_ fields: inout FieldWriter) {
        fields.write(1, id)
        fields.write(2, name)
        fields.write(3, kind)
        fields.write(4, tags)
        fields.write(5, address)
        let tagged = taggedAddresses.sorted { $0.key < $1.key }
        fields.write(6, tagged.map { name, address in (name, address.write) })
        fields.write(7, port)
        fields.write(8, socketPath)
        if !meta.isEmpty { fields.write(9, meta) }
        if let weights { fields.write(10, weights.write) }
        if let priority { fields.write(11) { $0.write(1, priority) } }
        fields.write(12, enableTagOverride)
        fields.write(13, checks.map { check in check.write })
        fields.write(14, token)
        if let proxy { fields.write(15, proxy.write) }
        fields.write(16, connectNative)
        if case .proxy(let definition)? = sidecar { fields.write(17, definition.write) }
        if let locality { fields.write(18, locality.write) }
    }

    /// Reads a definition, of which a sidecar may be nested so deep.
    init(
        reading reader: inout MessagePackReader,
        depth: Int
    ) throws(MessagePackError) {
        var result = ServiceDefinition(name: "")
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: result.id = try reader.readString()
            case 2: result.name = try reader.readString()
            case 3: result.kind = try reader.readString()
            case 4: result.tags = try reader.readStrings()
            case 5: result.address = try reader.readString()
            case 6:
                result.taggedAddresses = try reader.readDictionary {
                    reader throws(MessagePackError) in try ServiceAddress(reading: &reader)
                }
            case 7: result.port = try reader.readInteger()
            case 8: result.socketPath = try reader.readString()
            case 9: result.meta = try reader.readTexts()
            case 10: result.weights = try ServiceWeights(reading: &reader)
            case 11: result.priority = try reader.readWrappedInteger()
            case 12: result.enableTagOverride = try reader.readBool()
            case 13:
                for _ in 0..<(try reader.readArrayCount()) {
                    result.checks.append(try CheckDefinition(reading: &reader))
                }
            case 14: result.token = try reader.readString()
            case 15: result.proxy = try ProxyDefinition(reading: &reader)
            case 16: result.connectNative = try reader.readBool()
            case 17 where depth > 0:
                result.sidecar = .proxy(
                    try ServiceDefinition(reading: &reader, depth: depth - 1)
                )
            case 18: result.locality = try Locality(reading: &reader)
            default: return false
            }
            return true
        }
        self = result
    }
}

extension CheckDefinition {
    /// The octets of the definition.
    public var encoded: [UInt8] {
        var writer = MessagePackWriter()
        writer.writeFields(write)
        return writer.octets
    }

    /// Reads a definition.
    public init(decoding octets: [UInt8]) throws(MessagePackError) {
        var reader = MessagePackReader(octets)
        try self.init(reading: &reader)
        try reader.finish()
    }

    /// The texts with their keys.
    private static var texts: [(key: Int, path: WritableKeyPath<CheckDefinition, String>)] {
        [
            (1, \.id), (2, \.name), (3, \.notes), (4, \.serviceID), (5, \.token), (8, \.shell),
            (9, \.dockerContainerID), (10, \.http), (11, \.method), (13, \.body), (15, \.tcp),
            (17, \.udp), (18, \.grpc), (20, \.h2ping), (22, \.osService), (23, \.tlsServerName),
            (25, \.aliasService), (26, \.aliasNode),
        ]
    }

    /// The truth values with their keys.
    private static var flags: [(key: Int, path: WritableKeyPath<CheckDefinition, Bool>)] {
        [
            (14, \.disableRedirects), (16, \.tcpUseTLS), (19, \.grpcUseTLS), (24, \.tlsSkipVerify),
        ]
    }

    /// The times with their keys.
    private static var times: [(key: Int, path: WritableKeyPath<CheckDefinition, Duration?>)] {
        [
            (27, \.ttl), (28, \.interval), (29, \.timeout),
            (33, \.deregisterCriticalServiceAfter),
        ]
    }

    fileprivate func write(_ fields: inout FieldWriter) {
        for (key, path) in Self.texts { fields.write(key, self[keyPath: path]) }
        for (key, path) in Self.flags { fields.write(key, self[keyPath: path]) }
        for (key, path) in Self.times {
            guard let time = self[keyPath: path] else { continue }
            fields.write(key) {
                $0.write(1, Int(time.components.seconds))
                $0.write(2, Int(time.components.attoseconds / 1_000_000_000))
            }
        }
        if let status { fields.write(6, status.rawValue) }
        fields.write(7, args)
        let header = header.sorted { $0.key < $1.key }
        fields.write(12, header.map { name, values in (name, { $0.write(1, values) }) })
        if let h2pingUseTLS { fields.write(21) { $0.write(1, h2pingUseTLS ? 1 : 0) } }
        fields.write(30, successBeforePassing)
        if let failuresBeforeWarning { fields.write(31) { $0.write(1, failuresBeforeWarning) } }
        fields.write(32, failuresBeforeCritical)
        if let outputMaxSize { fields.write(34) { $0.write(1, outputMaxSize) } }
    }

    fileprivate init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var result = CheckDefinition()
        try reader.readFields { key, reader throws(MessagePackError) in
            if let member = Self.texts.first(where: { $0.key == key }) {
                result[keyPath: member.path] = try reader.readString()
                return true
            }
            if let member = Self.flags.first(where: { $0.key == key }) {
                result[keyPath: member.path] = try reader.readBool()
                return true
            }
            if let member = Self.times.first(where: { $0.key == key }) {
                result[keyPath: member.path] = try reader.readTime()
                return true
            }
            switch key {
            case 6: result.status = CheckStatus(rawValue: try reader.readString())
            case 7: result.args = try reader.readStrings()
            case 12:
                result.header = try reader.readDictionary { reader throws(MessagePackError) in
                    try reader.readWrappedStrings()
                }
            case 21: result.h2pingUseTLS = try reader.readWrappedInteger() == 1
            case 30: result.successBeforePassing = try reader.readInteger()
            case 31: result.failuresBeforeWarning = try reader.readWrappedInteger()
            case 32: result.failuresBeforeCritical = try reader.readInteger()
            case 34: result.outputMaxSize = try reader.readWrappedInteger()
            default: return false
            }
            return true
        }
        self = result
    }
}

// Values that may be absent stand as key 1 of a map of their own, since 0 is left out.
extension MessagePackReader {
    fileprivate mutating func readWrappedInteger() throws(MessagePackError) -> Int {
        var value = 0
        try readFields { key, reader throws(MessagePackError) in
            guard key == 1 else { return false }
            value = try reader.readInteger()
            return true
        }
        return value
    }

    fileprivate mutating func readWrappedStrings() throws(MessagePackError) -> [String] {
        var values: [String] = []
        try readFields { key, reader throws(MessagePackError) in
            guard key == 1 else { return false }
            values = try reader.readStrings()
            return true
        }
        return values
    }

    fileprivate mutating func readTime() throws(MessagePackError) -> Duration {
        var seconds = 0
        var nanoseconds = 0
        try readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: seconds = try reader.readInteger()
            case 2: nanoseconds = try reader.readInteger()
            default: return false
            }
            return true
        }
        return .seconds(seconds) + .nanoseconds(nanoseconds)
    }
}
