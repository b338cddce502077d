// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import Locking

/// `snapshot restore`: the state of a file takes the place of that of the servers.
struct SnapshotRestoreCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Replaces the state of the servers by that of a file",
        discussion: """
            All of the state is replaced: what was registered or written after the snapshot is
            gone. The agent reads the whole file before it changes anything.

                snapshot restore backup.snap
            """
    )
    static let words = ["snapshot", "restore"]
    static let operandCount = 0...Int.max
    static let operandNames = "FILE"

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let file = try SnapshotOperand.open(SnapshotOperand.file(operands))
        let progress = Lock(Progress("Sending", of: file.size ?? 0, on: context.console))
        defer { progress.withLock { $0.end() } }
        do throws(CommandFailure) {
            try await client.client(in: context).upload(
                "/v1/snapshot",
                server.query,
                length: file.size
            ) {
                let part = file.read()
                progress.withLock { $0.advance(by: part?.count ?? 0) }
                return part
            }
        } catch {
            if let failure = file.failure {
                throw CommandFailure(message: "Error restoring snapshot: \(failure.message)")
            }
            throw error.prefixed("Error restoring snapshot")
        }
        progress.withLock { $0.end() }
        context.console.write("Restored snapshot")
        return 0
    }
}
