// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import AgentConfiguration

/// Usage texts.
enum Usage {
    /// Of the whole program: the list of commands.
    static func program(_ program: String) -> String {
        let lines = CommandCatalogue.firstWords.map { word -> [String] in
            if let group = CommandCatalogue.group(matching: [word]) {
                return [word, group.abstract]
            }
            let command = CommandCatalogue.command(matching: [word])
            return [word, command?.configuration.abstract ?? AgentHelp.abstract]
        }
        return "Usage: \(program) [--version] [--help] <command> [<args>]\n\n"
            + "Available commands are:\n" + indented(lines)
    }

    /// Of a group: its commands.
    static func group(_ group: CommandGroup, _ program: String) -> String {
        let lines = CommandCatalogue.commands.filter { $0.words.starts(with: group.words) }.map {
            [
                $0.words.dropFirst(group.words.count).joined(separator: " "),
                $0.configuration.abstract,
            ]
        }
        let words = group.words.joined(separator: " ")
        return "Usage: \(program) \(words) <subcommand> [options] [args]\n\n"
            + "  \(group.abstract).\n\nSubcommands:\n" + indented(lines)
    }

    /// Of a command: what it does and its flags.
    static func command(_ type: any ClientCommand.Type, _ program: String) -> String {
        let words = type.words.joined(separator: " ")
        let operands = type.operandNames.isEmpty ? "" : " " + type.operandNames
        var text = "Usage: \(program) \(words) [options]\(operands)\n\n"
        text += "  \(type.configuration.abstract)."
        if !type.configuration.discussion.isEmpty {
            let lines = type.configuration.discussion.split(
                separator: "\n",
                omittingEmptySubsequences: false
            )
            text += "\n\n" + lines.map { $0.isEmpty ? "" : "  " + $0 }.joined(separator: "\n")
        }
        let help = type.helpMessage(columns: 100)
        // The library's own first lines name the command without its group.
        if let options = help.firstRange(of: "OPTIONS:") {
            text += "\n\n" + help[options.lowerBound...]
        }
        return text
    }

    /// Of `agent`.
    static func agent(_ program: String) -> String {
        let lines = AgentFlag.table.map { flag in
            ["-\(flag.name)\(flag.syntax == .boolean ? "" : "=<value>")", flag.help]
        }
        return "Usage: \(program) agent [options]\n\n"
            + "  \(AgentHelp.abstract) until it is told to stop. To try it: \(program) agent -dev\n\n"
            + "OPTIONS:\n" + indented(lines)
    }

    private static func indented(_ lines: [[String]]) -> String {
        ColumnTable(rows: lines, gap: 4).text.split(separator: "\n")
            .map { "    " + $0 }.joined(separator: "\n")
    }
}
