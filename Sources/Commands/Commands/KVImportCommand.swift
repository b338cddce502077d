// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `kv import`: writes the entries that `kv export` wrote.
struct KVImportCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Writes entries from JSON",
        discussion: """
            DATA is the JSON that `kv export` writes; - reads it from standard input, @file from a
            file. Names of members are compared without case, so that what /v1/kv/?recurse says can
            be imported too.

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
        guard !data.isEmpty else { throw CommandFailure(message: "Error! Empty DATA argument") }
        let octets = try KVAccess.data(data, in: context)
        let source =
            data == "-" ? "standard input" : data.first == "@" ? "\(data.dropFirst())" : "DATA"
        // All is looked at before the first is written.
        let entries = try KVImportEntry.entries(in: octets, from: source)
        for (place, entry) in entries.enumerated() { try validate(key(of: entry), place: place) }
        let agent = try client.client(in: context)
        let total = entries.reduce(0) { $0 + $1.value.count }
        var progress = Progress("Importing", of: total, on: context.console)
        defer { progress.end() }
        for entry in entries {
            var query = server.query + namespaces.query(context.environment)
            if entry.flags != 0 { query.append(("flags", "\(entry.flags)")) }
            let key = key(of: entry)
            do throws(CommandFailure) {
                _ = try await agent.request(
                    "PUT",
                    KVAccess.path(key),
                    query,
                    body: entry.value
                )
            } catch { throw error.prefixed("Error! Failed writing data for key \(key)") }
            progress.end()
            context.console.write("Imported: \(key)")
            progress.advance(by: entry.value.count)
        }
        return 0
    }

    private func key(of entry: KVImportEntry) -> String {
        guard !prefix.isEmpty else { return entry.key }
        var prefix = prefix[...]
        while prefix.last == "/" { prefix.removeLast() }
        return "\(prefix)/\(entry.key.drop { $0 == "/" })"
    }

    /// Consul's Go client refuses such a key, and no command could read it.
    private func validate(_ key: String, place: Int) throws(CommandFailure) {
        guard let problem = KVAccess.problem(ofKey: key) else { return }
        throw CommandFailure(
            message: "Error! Failed writing data for key \(key): \(problem) (entry \(place + 1))",
            hint:
                "Nothing was written. Leave the slash away, or put something before it with -prefix."
        )
    }
}
