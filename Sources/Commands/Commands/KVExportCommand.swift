// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// `kv export`: the entries below a prefix as JSON, for `kv import`.
struct KVExportCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes the entries below a prefix as JSON"
    )
    static let words = ["kv", "export"]
    static let operandCount = 0...Int.max
    static let operandNames = "[PREFIX]"

    @OptionGroup var client: ClientOptions
    @OptionGroup var server: ServerOptions
    @OptionGroup var namespaces: NamespaceOptions

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let prefix = try KVAccess.key(operands)
        var query = server.query + namespaces.query(context.environment)
        query.append(("recurse", ""))
        var progress = Progress("Exporting", on: context.console)
        let pairs: [KVPair]
        do throws(CommandFailure) {
            let agent = try client.client(in: context)
            let path = KVAccess.path(prefix)
            var octets: [UInt8] = []
            let isThere = try await agent.downloadIfAny(path, query) { part in
                progress.advance(by: part.count)
                octets += part
                return true
            }
            pairs = isThere ? try agent.decode(octets, of: path) : []
        } catch {
            progress.end()
            throw error.prefixed("Error querying Consul agent")
        }
        progress.end()
        context.console.write(Self.json(of: pairs))
        return 0
    }

    /// A list, indented with tabs as Consul's is.
    static func json(of pairs: [KVPair]) -> String {
        guard !pairs.isEmpty else { return "[]" }
        let objects = pairs.map { pair in
            """
            \t{
            \t\t"key": \(GoJSON.quoted(pair.key)),
            \t\t"flags": \(pair.flags),
            \t\t"value": "\(KVAccess.base64(pair.octets))"
            \t}
            """
        }
        return "[\n" + objects.joined(separator: ",\n") + "\n]"
    }
}
