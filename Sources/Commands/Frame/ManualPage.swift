// SPDX-License-Identifier: Apache-2.0
internal import AgentConfiguration
internal import ArgumentParser

/// The manual page of the program, for `man` (groff's `man` macros).
enum ManualPage {
    /// The page, made of what commands say about themselves.
    static func text(program: String) -> String {
        var lines = [
            ".TH \(escaped(program.uppercased())) 1 \"\" \"Waypost \(ProductVersion.own)\" "
                + "\"User Commands\"",
            ".SH NAME", escaped("\(program) - service discovery over DNS"),
            ".SH SYNOPSIS", ".B \(escaped(program))",
            escaped("[--version] [--help] <command> [<args>]"),
            ".SH DESCRIPTION",
            escaped(
                "An agent answers DNS from a catalog of services that is written over HTTP or from "
                    + "files; the other commands talk to an agent. `\(program) <command> -help` says "
                    + "more of a command. To try it: `\(program) agent -dev`."
            ),
            ".SH COMMANDS",
        ]
        let commands = CommandCatalogue.commands.sorted { name(of: $0) < name(of: $1) }
        for command in commands {
            let operands = command.operandNames.isEmpty ? "" : " " + command.operandNames
            lines += entry(
                "\(name(of: command)) [options]\(operands)",
                command.configuration.abstract + "."
            )
        }
        lines += entry("agent [options]", AgentHelp.abstract + "; its options follow.")
        lines += options(of: commands)
        lines.append(".SH OPTIONS OF AGENT")
        for flag in AgentFlag.table {
            lines += entry("-\(flag.name)\(flag.syntax == .boolean ? "" : "=<value>")", flag.help)
        }
        lines.append(".SH ENVIRONMENT")
        for (name, meaning) in environment { lines += entry(name, meaning) }
        lines += [
            ".SH EXIT STATUS",
            escaped(
                "0: done. 1: a mistake, or the agent refused. 2: a special result of members, "
                    + "intention, lock and exec. 127: no such command."
            ),
        ]
        return lines.joined(separator: "\n")
    }

    private static let environment = [
        ("CONSUL_HTTP_ADDR", "The agent's HTTP address; 127.0.0.1:8500 by default."),
        ("CONSUL_HTTP_TOKEN, CONSUL_HTTP_TOKEN_FILE", "The token to send."),
        ("CONSUL_HTTP_AUTH", "Name and password of basic authentication: name:password."),
        ("CONSUL_HTTP_SSL", "Whether to use HTTPS where the address does not say."),
    ]

    /// The flags of commands: first those that all who ask an agent have, then each command's own.
    private static func options(of commands: [any ClientCommand.Type]) -> [String] {
        let common = DeclaredFlag.all(of: ClientOptions.self)
        var lines = [".SH OPTIONS OF COMMANDS THAT ASK AN AGENT"]
        for flag in common { lines += entry(flag.label, flag.help) }
        lines.append(".SH OPTIONS OF COMMANDS")
        for command in commands {
            let flags = DeclaredFlag.all(of: command)
            let own = flags.filter { !common.contains($0) }
            lines.append(".SS \(escaped(name(of: command)))")
            if own.count < flags.count {
                lines.append(escaped("The options of commands that ask an agent."))
            } else if own.isEmpty {
                lines.append(escaped("None."))
            }
            for flag in own { lines += entry(flag.label, flag.help) }
        }
        return lines
    }

    private static func name(of command: any ClientCommand.Type) -> String {
        command.words.joined(separator: " ")
    }

    private static func entry(_ label: String, _ text: String) -> [String] {
        [".TP", ".B \(escaped(label))", escaped(text)]
    }

    /// A text that `man` shows as it is.
    static func escaped(_ text: String) -> String {
        var result = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
        if result.hasPrefix(".") || result.hasPrefix("'") { result = "\\&" + result }
        return result
    }
}
