// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `snapshot inspect`: what is in a file; it is read and verified as a whole.
struct SnapshotInspectCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Shows what is in the file of a snapshot"
    )
    static let words = ["snapshot", "inspect"]
    static let operandCount = 0...Int.max
    static let operandNames = "FILE"
    static let integerFlags: Set = ["kvdepth"]

    @Flag(
        name: .customLong("kvdetails", withSingleDash: true),
        help: "Show how many keys there are, and their size, by the begin of their names."
    )
    var showsKeys = false

    @Option(
        name: .customLong("kvdepth", withSingleDash: true),
        help: ArgumentHelp(
            "How many parts of a key between slashes count for -kvdetails.",
            valueName: "number"
        )
    )
    var depth = 2

    @Option(
        name: .customLong("kvfilter", withSingleDash: true),
        help: ArgumentHelp("Only keys that begin so count for -kvdetails.", valueName: "prefix")
    )
    var filter = ""

    @Option(
        name: .customLong("format", withSingleDash: true),
        help: ArgumentHelp("pretty or json.", valueName: "format")
    )
    var format = "pretty"

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let path = try SnapshotOperand.file(operands)
        guard format == "pretty" || format == "json" else {
            throw CommandFailure(
                message: "Error creating formatter: Unknown format: \(format)",
                showsUsage: true
            )
        }
        let file = try SnapshotOperand.open(path)
        var progress = Progress("Reading", of: file.size ?? 0, on: context.console)
        let digest: SnapshotDigest
        do throws(CommandFailure) {
            let details = SnapshotDigest.KeyDetails(depth: depth, filter: filter)
            digest = try SnapshotDigest(file, keys: showsKeys ? details : nil, progress: &progress)
        } catch {
            progress.end()
            throw error.prefixed("Error reading snapshot")
        }
        progress.end()
        let report = SnapshotReport(digest, hasKeys: showsKeys)
        context.console.write(format == "json" ? report.json : report.text)
        return 0
    }
}
