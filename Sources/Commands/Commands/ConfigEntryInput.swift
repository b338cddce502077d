// SPDX-License-Identifier: Apache-2.0
internal import AgentConfiguration

/// A config entry that a user wrote, in HCL or JSON (spec cli.md 8.3).
struct ConfigEntryInput {
    var kind: String
    var name: String
    /// The entry as a body; the server brings the members into Consul's spelling.
    var json: String

    /// Reads an entry from a file, or from standard input for `-`.
    init(_ source: String, in context: CommandContext) throws(CommandFailure) {
        let octets: [UInt8]
        if source == "-" {
            octets = context.input()
        } else {
            do throws(FileFailure) {
                guard case .file(let found) = try context.open(source) else {
                    throw FileFailure(reason: "is a directory")
                }
                octets = found
            } catch {
                throw CommandFailure(
                    message: "Failed to load data: Failed to read file: open \(source): "
                        + error.reason
                )
            }
        }
        try self.init(octets, from: source)
    }

    private init(_ octets: [UInt8], from source: String) throws(CommandFailure) {
        let value: ConfigurationValue
        let place = source == "-" ? "standard input" : source
        let isJSON = octets.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) } == UInt8(ascii: "{")
        do throws(SyntaxError) {
            value =
                isJSON
                ? try JSONParser.parse(octets, file: source)
                : try HCLParser.parse(octets, file: source)
        } catch {
            throw CommandFailure(
                message: "Failed to decode config entry input: \(place): \(error)"
            )
        }
        guard let kind = Self.text(of: "kind", in: value), !kind.isEmpty else {
            throw CommandFailure(
                message: "Failed to decode config entry input: "
                    + "Payload does not contain a kind/Kind key at the top level",
                hint: "\(place) must begin like: Kind = \"service-defaults\""
            )
        }
        self.kind = kind
        // Two kinds have but one entry, whose name may be left out.
        let only = ["proxy-defaults": "global", "mesh": "mesh"][kind] ?? ""
        let name = Self.text(of: "name", in: value) ?? ""
        self.name = name.isEmpty ? only : name
        json = value.json
    }

    private static func text(of key: String, in value: ConfigurationValue) -> String? {
        guard case .object(let members) = value.content,
            let found = members.first(where: { $0.key.lowercased() == key }),
            case .string(let text) = found.value.content
        else { return nil }
        return text
    }
}
