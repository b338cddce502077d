// SPDX-License-Identifier: Apache-2.0
public import MessagePack

/// How commands stand in the log.
///
/// A command is a MessagePack map with small integer keys: 0 is the version of the format, and one
/// more key says which command it is and holds its content, again such a map. A member with its
/// default value is left out. Key 63 is the time at which the command was proposed
/// (``LogTime``), in milliseconds.
///
/// Rules, since servers of different versions read the same log:
/// - A key is never used again for something else, nor for another type.
/// - A new member gets a new key. Older servers ignore it, so its absence must mean what they do.
/// - A change that older servers must not ignore raises ``version``. They refuse the command, so a
///   leader must not write it before all servers know the version.
/// - A new command gets a new key and is, to older servers, an unknown command; the same holds.
/// - The test vectors of past versions stay and stay readable.
extension Command {
    /// The version of the format that is written.
    ///
    /// Higher ones are refused.
    public static let version = 1

    /// The octets of the command, with the time at which it was proposed.
    public func encoded(at time: LogTime = .zero) -> [UInt8] {
        var writer = MessagePackWriter()
        writer.writeFields { fields in
            fields.write(0, Self.version)
            switch self {
            case .register(let registration): fields.write(1, registration.write)
            case .deregister(let deregistration): fields.write(2, deregistration.write)
            case .preparedQuery(let change): fields.write(3, change.write)
            case .configEntry(let change): fields.write(4, change.write)
            case .coordinates(let rows):
                fields.write(5) { $0.write(1, rows.map { row in row.write }) }
            case .kv(let operation): fields.write(6, operation.write)
            case .session(let change): fields.write(7, change.write)
            case .transaction(let transaction): fields.write(8, transaction.write)
            case .autopilot(let change): fields.write(9, change.write)
            }
            fields.write(Self.timeKey, time.rawValue)
        }
        return writer.octets
    }

    private static let timeKey = 63

    /// Reads a command.
    public init(decoding octets: [UInt8]) throws(CommandCodingError) {
        var time = LogTime.zero
        try self.init(decoding: octets, time: &time)
    }

    /// Reads a command and the time that stands with it.
    public init(decoding octets: [UInt8], time: inout LogTime) throws(CommandCodingError) {
        var version: Int?
        var command: Command?
        time = .zero
        do throws(MessagePackError) {
            // The version first: what a newer one wrote is refused as such, whatever it looks like.
            version = try Self.readVersion(octets)
            if let version, 1...Self.version ~= version {
                command = try Self.readContent(octets, &time)
            }
        } catch {
            throw .malformed(error)
        }
        guard let version else { throw .missingVersion }
        guard 1...Self.version ~= version else { throw .unsupportedVersion(version) }
        guard let command else { throw .unknownCommand }
        self = command
    }

    private static func readVersion(_ octets: [UInt8]) throws(MessagePackError) -> Int? {
        var reader = MessagePackReader(octets)
        var version: Int?
        try reader.readFields { key, reader throws(MessagePackError) in
            guard key == 0 else { return false }
            version = try reader.readInteger()
            return true
        }
        try reader.finish()
        return version
    }

    private static func readContent(
        _ octets: [UInt8],
        _ time: inout LogTime
    ) throws(MessagePackError) -> Command? {
        var reader = MessagePackReader(octets)
        var command: Command?
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: command = .register(try Registration(reading: &reader))
            case 2: command = .deregister(try Deregistration(reading: &reader))
            case 3: command = .preparedQuery(try PreparedQueryChange(reading: &reader))
            case 4: command = .configEntry(try ConfigEntryChange(reading: &reader))
            case 5: command = .coordinates(try readCoordinates(&reader))
            case 6: command = .kv(try KVOperation(reading: &reader))
            case 7: command = .session(try SessionChange(reading: &reader))
            case 8: command = .transaction(try Transaction(reading: &reader))
            case 9: command = .autopilot(try AutopilotChange(reading: &reader))
            case timeKey: time = LogTime(rawValue: try reader.readInteger())
            default: return false
            }
            return true
        }
        return command
    }

    private static func readCoordinates(
        _ reader: inout MessagePackReader
    ) throws(MessagePackError) -> [CoordinateRow] {
        var rows: [CoordinateRow] = []
        try reader.readFields { key, reader throws(MessagePackError) in
            guard key == 1 else { return false }
            for _ in 0..<(try reader.readArrayCount()) {
                rows.append(try CoordinateRow(reading: &reader))
            }
            return true
        }
        return rows
    }
}

/// Why octets are not a command that this version can apply.
public enum CommandCodingError: Error, Hashable, Sendable {
    /// They are not what ``Command/encoded()`` writes.
    case malformed(MessagePackError)
    /// No version is given.
    case missingVersion
    /// A newer version wrote them.
    case unsupportedVersion(Int)
    /// A newer version knows the command, this one does not.
    case unknownCommand
}
