// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import FoundationEssentials

/// `kv import`: writes the entries that `kv export` wrote.
struct KVImportCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Writes entries from JSON",
        discussion: """
            DATA is the JSON that `kv export` writes; - reads it from standard input, @file from a
            file.

                kv export app/ > app.json
                kv import @app.json
            """
    )
    static let words = ["kv", "import"]
    static let operandCount = 0...Int.max
    static let operandNames = "DATA"

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var namespaces: NamespaceOptions

    @Option(
        name: .customLong("prefix", withSingleDash: true),
        help: ArgumentHelp("What to put before each key.", valueName: "prefix")
    )
    var prefix = ""

    private struct Entry: Decodable {
        var key: String
        var flags: UInt64?
        var value: Data?
    }

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        guard let data = operands.first else {
            throw CommandFailure(message: "Error! Missing DATA argument")
        }
        guard operands.count == 1 else {
            throw CommandFailure(
                message: "Error! Too many arguments (expected 1, got \(operands.count))"
            )
        }
        let octets = try KVAccess.data(data, in: context)
        let entries: [Entry]
        do { entries = try JSONDecoder().decode([Entry].self, from: Data(octets)) } catch {
            throw CommandFailure(
                message: "Error! Cannot unmarshal data: \(Self.reason(error))",
                hint: "Give what `kv export` writes: a list of objects with key, flags and value."
            )
        }
        let agent = try client.client(in: context)
        let total = entries.reduce(0) { $0 + ($1.value?.count ?? 0) }
        var progress = Progress("Importing", of: total, on: context.console)
        defer { progress.end() }
        for entry in entries {
            var query = server.query + namespaces.query(context.environment)
            if let flags = entry.flags, flags != 0 { query.append(("flags", "\(flags)")) }
            let key = key(of: entry)
            do throws(CommandFailure) {
                _ = try await agent.request(
                    "PUT",
                    KVAccess.path(key),
                    query,
                    body: Array(entry.value ?? Data())
                )
            } catch { throw error.prefixed("Error! Failed writing data for key \(key)") }
            progress.end()
            context.console.write("Imported: \(key)")
            progress.advance(by: entry.value?.count ?? 0)
        }
        return 0
    }

    private func key(of entry: Entry) -> String {
        guard !prefix.isEmpty else { return entry.key }
        var prefix = prefix[...]
        while prefix.last == "/" { prefix.removeLast() }
        return "\(prefix)/\(entry.key.drop { $0 == "/" })"
    }

    private static func reason(_ error: any Error) -> String {
        guard case DecodingError.dataCorrupted(let context) = error else { return "\(error)" }
        return context.debugDescription
    }
}
