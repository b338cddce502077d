// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import FoundationEssentials

/// A flag as a command declares it to the parser.
struct DeclaredFlag: Hashable {
    /// The name without its dash.
    var name: String
    /// What its value is; `nil` for one without.
    var value: String?
    /// One line of help.
    var help: String

    /// How it is written.
    var label: String { "-\(name)" + (value.map { "=<\($0)>" } ?? "") }

    /// The flags that the help of a command shows, in its order; one of two names is there twice.
    ///
    /// The parser tells of them as JSON alone.
    static func all(of type: any ParsableArguments.Type) -> [DeclaredFlag] {
        let text = type._dumpHelp()
        let dump = try? JSONDecoder().decode(Dump.self, from: Data(text.utf8))
        return (dump?.command.arguments ?? []).flatMap { argument -> [DeclaredFlag] in
            guard argument.shouldDisplay, argument.kind != "positional" else { return [] }
            // What the parser adds by itself has two dashes, and `-h`.
            let names = (argument.names ?? []).filter { $0.kind != "long" && $0.name != "h" }
            return names.map {
                DeclaredFlag(
                    name: $0.name,
                    value: argument.kind == "option" ? argument.valueName ?? "value" : nil,
                    help: argument.abstract ?? ""
                )
            }
        }
    }

    private struct Dump: Decodable {
        var command: Command

        struct Command: Decodable { var arguments: [Argument]? }

        struct Argument: Decodable {
            var kind: String
            var shouldDisplay: Bool
            var names: [Name]?
            var valueName: String?
            var abstract: String?
        }

        struct Name: Decodable {
            var kind: String
            var name: String
        }
    }
}
