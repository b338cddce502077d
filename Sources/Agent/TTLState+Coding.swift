// SPDX-License-Identifier: Apache-2.0
import Definitions
import LocalState
import MessagePack
import RaftLog

/// Why octets are no state of a TTL check.
struct TTLStateError: Error, Hashable {
    /// The reason, in the words of a log line.
    var message: String
}

// The file of a state: CRC-32C of the rest (4 octets, little endian), then a map by the rules of
// commands: unknown keys are skipped.
extension TTLState {
    /// The octets of the file.
    var encoded: [UInt8] {
        var writer = MessagePackWriter()
        writer.beginMap(4)
        writer.write(1)
        writer.write(checkID)
        writer.write(2)
        writer.write(status.rawValue)
        writer.write(3)
        writer.write(output)
        writer.write(4)
        writer.write(expiry)
        let checksum = Checksum.of(writer.octets[...])
        let head = (0..<4).map { UInt8(truncatingIfNeeded: checksum >> ($0 * 8)) }
        return head + writer.octets
    }

    /// Reads a file; a damaged one is refused.
    init(decoding octets: [UInt8]) throws(TTLStateError) {
        let body = octets.dropFirst(4)
        let checksum = octets.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        guard !body.isEmpty, checksum == Checksum.of(body) else {
            throw TTLStateError(message: "damaged: its checksum is wrong")
        }
        do throws(MessagePackError) {
            try self.init(reading: body)
        } catch {
            throw TTLStateError(message: "not a state that this version can read: \(error)")
        }
        guard [.passing, .warning, .critical].contains(status) else {
            throw TTLStateError(message: "unknown status \"\(status.rawValue)\"")
        }
    }

    private init(reading body: ArraySlice<UInt8>) throws(MessagePackError) {
        var result = TTLState(checkID: "", status: .critical, output: "", expiry: 0)
        var reader = MessagePackReader(body)
        for _ in 0..<(try reader.readMapCount()) {
            switch try reader.readInteger(Int.self) {
            case 1: result.checkID = try reader.readString()
            case 2: result.status = CheckStatus(rawValue: try reader.readString())
            case 3: result.output = try reader.readString()
            case 4: result.expiry = try reader.readInteger()
            default: try reader.skip()
            }
        }
        try reader.finish()
        self = result
    }
}
