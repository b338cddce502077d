// SPDX-License-Identifier: Apache-2.0
import Definitions
import MessagePack

extension AutopilotChange {
    func write(_ fields: inout FieldWriter) {
        fields.write(1, configuration.write)
        // Index 0 is an expectation too.
        if let expectedIndex { fields.write(2) { $0.write(1, expectedIndex) } }
    }

    init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        var result = AutopilotChange(AutopilotConfiguration())
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: result.configuration = try AutopilotConfiguration(reading: &reader)
            case 2: result.expectedIndex = try Self.readExpectedIndex(&reader)
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

extension AutopilotConfiguration {
    func write(_ fields: inout FieldWriter) {
        fields.write(1, cleansUpDeadServers)
        fields.write(2, Int(GoDuration.nanoseconds(lastContactThreshold)))
        fields.write(3, maximumTrailingLogs)
        fields.write(4, minimumQuorum)
        fields.write(5, Int(GoDuration.nanoseconds(serverStabilizationTime)))
        fields.write(6, redundancyZoneTag)
        fields.write(7, disablesUpgradeMigration)
        fields.write(8, upgradeVersionTag)
        fields.write(30, createIndex)
        fields.write(31, modifyIndex)
    }

    init(reading reader: inout MessagePackReader) throws(MessagePackError) {
        // A member that is left out is empty, not what holds when nothing was written.
        var row = AutopilotConfiguration(
            cleansUpDeadServers: false,
            lastContactThreshold: .zero,
            maximumTrailingLogs: 0,
            serverStabilizationTime: .zero
        )
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: row.cleansUpDeadServers = try reader.readBool()
            case 2: row.lastContactThreshold = .nanoseconds(try reader.readInteger() as Int64)
            case 3: row.maximumTrailingLogs = try reader.readInteger()
            case 4: row.minimumQuorum = try reader.readInteger()
            case 5: row.serverStabilizationTime = .nanoseconds(try reader.readInteger() as Int64)
            case 6: row.redundancyZoneTag = try reader.readString()
            case 7: row.disablesUpgradeMigration = try reader.readBool()
            case 8: row.upgradeVersionTag = try reader.readString()
            case 30: row.createIndex = try reader.readIndex()
            case 31: row.modifyIndex = try reader.readIndex()
            default: return false
            }
            return true
        }
        self = row
    }
}
