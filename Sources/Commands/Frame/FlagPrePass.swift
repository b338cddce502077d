// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import AgentConfiguration
internal import FoundationEssentials

/// Brings arguments that were written by Go's rules (spec cli.md 1.1) into the one form that
/// ArgumentParser reads, driven by the commands' own declarations.
struct FlagPrePass {
    /// A flag as its command declares it.
    struct Declared: Hashable {
        var name: String
        var isBoolean: Bool
        var isRepeating: Bool
    }

    let declared: [String: Declared]
    private let command: any ClientCommand.Type

    init(_ command: any ClientCommand.Type) {
        self.command = command
        declared = Dictionary(
            Self.declarations(of: command).map { ($0.name, $0) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Flags in the form `-name=value` or `-name`, and what follows them.
    func split(
        _ arguments: [String]
    ) throws(FlagError) -> (flags: [String], operands: [String]) {
        let (given, operands) = try FlagSyntax.parse(
            command.prepared(arguments),
            kindOf: kind(of:),
            names: declared.keys.sorted()
        )
        var flags: [String] = []
        for (index, flag) in given.enumerated() {
            guard let known = declared[flag.name] else { continue }
            // Go: the last of a flag that is given twice counts.
            let isOverridden = given[(index + 1)...].contains { $0.name == flag.name }
            if isOverridden, !known.isRepeating { continue }
            if known.isBoolean {
                if flag.value == "true" {
                    flags.append("-\(flag.name)")
                } else if declared["no-\(flag.name)"] != nil {
                    // A flag that is on by default.
                    flags.append("-no-\(flag.name)")
                }
            } else {
                flags.append("-\(flag.name)=\(flag.value)")
            }
        }
        return (flags, operands)
    }

    private func kind(of name: String) -> FlagSyntax.Kind? {
        guard let flag = declared[name] else { return nil }
        if flag.isBoolean { return .boolean }
        if command.integerFlags.contains(name) { return .integer }
        return command.unsignedFlags.contains(name) ? .unsigned : .text
    }

    // ArgumentParser describes a command as JSON, for documentation tools; this reads the part
    // that matters here.
    private struct ToolInfo: Decodable {
        struct Command: Decodable { var arguments: [Argument]? }
        struct Argument: Decodable {
            var kind: String
            var isRepeating: Bool
            var names: [Name]?
        }
        struct Name: Decodable { var name: String }

        var command: Command
    }

    private static func declarations(of command: any ClientCommand.Type) -> [Declared] {
        let text = Array(command._dumpHelp().utf8)
        // The text comes from the library that is linked here: if it cannot be read, no flag is
        // known, and the tests of every command fail.
        let info = try? JSONDecoder().decode(ToolInfo.self, from: Data(text))
        return (info?.command.arguments ?? []).flatMap { argument in
            (argument.names ?? []).filter { $0.name != "help" && $0.name != "h" }.map { name in
                Declared(
                    name: name.name,
                    isBoolean: argument.kind == "flag",
                    isRepeating: argument.isRepeating
                )
            }
        }
    }
}
