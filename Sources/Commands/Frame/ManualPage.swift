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
                    + "files; the other commands talk to an agent. `\(program) <command> -help` shows "
                    + "all flags of a command. To try it: `\(program) agent -dev`."
            ),
            ".SH COMMANDS",
        ]
        for command in CommandCatalogue.commands.sorted(by: { name(of: $0) < name(of: $1) }) {
            let operands = command.operandNames.isEmpty ? "" : " " + command.operandNames
            lines += entry(
                "\(name(of: command)) [options]\(operands)",
                command.configuration.abstract + "."
            )
        }
        lines += entry("agent [options]", AgentHelp.abstract + "; its options follow.")
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
