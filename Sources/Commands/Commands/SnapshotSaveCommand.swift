// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import SnapshotArchive

/// `snapshot save`: the state of the servers in a file.
struct SnapshotSaveCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "save",
        abstract: "Saves the state of the servers to a file",
        discussion: """
            The file is written under another name, verified, and only then gets its own: a file
            of that name is whole. It holds everything that the servers know, keys included: keep
            it from others.

                snapshot save backup.snap
            """
    )
    static let words = ["snapshot", "save"]
    static let operandCount = 0...Int.max
    static let operandNames = "FILE"

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions

    @Option(
        name: .customLong("append-filename", withSingleDash: true),
        help: ArgumentHelp(
            "What to add to the file's name: version, dc, node; separated by commas.",
            valueName: "words"
        )
    )
    var appendedWords = ""

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let agent = try client.client(in: context)
        let path = try await name(SnapshotOperand.file(operands), agent)
        let unverified = path + ".unverified"
        do throws(CommandFailure) {
            let index = try await save(unverified, agent, context)
            do throws(LocalFile.FileProblem) {
                try LocalFile.rename(unverified, to: path)
            } catch {
                throw CommandFailure(
                    message: "Error renaming \"\(unverified)\" to \"\(path)\": \(error.message)"
                )
            }
            context.console.write("Saved and verified snapshot to index \(index)")
            return 0
        } catch {
            LocalFile.remove(unverified)
            throw error
        }
    }

    /// Fetches the archive and reads it again from the disk.
    ///
    /// - Returns: its index.
    private func save(
        _ path: String,
        _ agent: AgentClient,
        _ context: CommandContext
    ) async throws(CommandFailure) -> UInt64 {
        let file: LocalFile
        do throws(LocalFile.FileProblem) { file = try LocalFile(writing: path) } catch {
            throw CommandFailure(
                message: "Error writing unverified snapshot file: \(error.message)"
            )
        }
        var progress = Progress("Saving", on: context.console)
        defer { progress.end() }
        do throws(CommandFailure) {
            try await agent.download("/v1/snapshot", server.query) { part in
                progress.advance(by: part.count)
                return file.write(part)
            }
        } catch {
            // Why nothing more was taken says more than that it was cut off.
            if file.failure == nil { throw error.prefixed("Error saving snapshot") }
        }
        do throws(LocalFile.FileProblem) {
            if let failure = file.failure { throw failure }
            try file.synchronize()
        } catch {
            throw CommandFailure(
                message: "Error writing unverified snapshot file: \(error.message)"
            )
        }
        file.rewind()
        progress.end()
        progress = Progress("Verifying", of: file.size ?? 0, on: context.console)
        do throws(CommandFailure) {
            return try SnapshotDigest(file, progress: &progress).metadata.index
        } catch { throw error.prefixed("Error verifying snapshot file") }
    }

    /// The file's name with what is to be added before its ending.
    private func name(
        _ file: String,
        _ agent: AgentClient
    ) async throws(CommandFailure) -> String {
        guard !appendedWords.isEmpty else { return file }
        let own: OwnConfiguration
        do throws(CommandFailure) {
            own = try await agent.get("/v1/agent/self")
        } catch {
            throw error.prefixed(
                "Error connecting to Consul agent and fetching datacenter/version"
            )
        }
        var more = ""
        for word in appendedWords.split(separator: ",") {
            switch word {
            case "version": more += "-" + own.config.version
            case "dc": more += "-" + own.config.datacenter
            case "node": more += "-" + own.config.node
            default:
                throw CommandFailure(
                    message: "Invalid value for -append-filename: \"\(word)\"",
                    hint: "Write one or more of version, dc and node, separated by commas."
                )
            }
        }
        let begin = file.lastIndex(of: "/").map { file.index(after: $0) } ?? file.startIndex
        guard let dot = file[begin...].lastIndex(of: ".") else { return file + more }
        return file[..<dot] + more + file[dot...]
    }

    private struct OwnConfiguration: Decodable {
        struct Config: Decodable {
            var version: String
            var datacenter: String
            var node: String

            enum CodingKeys: String, CodingKey {
                case version = "Version"
                case datacenter = "Datacenter"
                case node = "NodeName"
            }
        }

        var config: Config

        enum CodingKeys: String, CodingKey { case config = "Config" }
    }
}

/// The operand of the commands for snapshots.
enum SnapshotOperand {
    /// The name of the file.
    static func file(_ operands: [String]) throws(CommandFailure) -> String {
        guard let file = operands.first, !file.isEmpty else {
            throw CommandFailure(message: "Missing FILE argument")
        }
        guard operands.count == 1 else {
            throw CommandFailure(
                message: "Too many arguments (expected 1, got \(operands.count))"
            )
        }
        return file
    }

    /// Opens the file of a snapshot; `-` is standard input.
    static func open(_ path: String) throws(CommandFailure) -> LocalFile {
        if path == "-" { return LocalFile.standardInput }
        do throws(LocalFile.FileProblem) { return try LocalFile(reading: path) } catch {
            throw CommandFailure(message: "Error opening snapshot file: \(error.message)")
        }
    }
}
