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
        let pairs: [KVPair]?
        do throws(CommandFailure) {
            pairs = try await client.client(in: context).getIfAny(KVAccess.path(prefix), query)
        } catch { throw error.prefixed("Error querying Consul agent") }
        context.console.write(Self.json(of: pairs ?? []))
        return 0
    }

    /// A list, indented with tabs as Consul's is.
    static func json(of pairs: [KVPair]) -> String {
        guard !pairs.isEmpty else { return "[]" }
        let objects = pairs.map { pair in
            """
            \t{
            \t\t"key": \(quoted(pair.key)),
            \t\t"flags": \(pair.flags),
            \t\t"value": "\(KVAccess.base64(pair.octets))"
            \t}
            """
        }
        return "[\n" + objects.joined(separator: ",\n") + "\n]"
    }

    /// A string in JSON, as Go's `encoding/json` writes it.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "<", ">", "&", "\u{2028}", "\u{2029}", "\0"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
