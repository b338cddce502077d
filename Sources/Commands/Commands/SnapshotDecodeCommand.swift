// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `snapshot decode`: all that is in a file, one JSON object a line.
struct SnapshotDecodeCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "decode",
        abstract: "Writes the records of a snapshot as lines of JSON",
        discussion: """
            Each line is an object with the record's Type and its Data, whose members are those
            of the HTTP API; the first one is the SnapshotHeader. FILE may be a pipe, or - for
            standard input. Lines are written as the file is read, whose checksums stand at its
            end: rely on them only if the exit code is 0. Keys and tokens are written as they are.

                snapshot decode backup.snap | jq 'select(.Type == "KVS").Data.Key'
            """
    )
    static let words = ["snapshot", "decode"]
    static let operandCount = 0...Int.max
    static let operandNames = "FILE"

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let file = try SnapshotOperand.open(SnapshotOperand.file(operands))
        var decoding = SnapshotDecoding(format: context.recordFormat, console: context.console)
        try decoding.run(file)
        return 0
    }
}
