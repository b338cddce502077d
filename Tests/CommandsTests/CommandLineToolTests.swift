// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import ArgumentParser
import Foundation
import Glibc
import Testing

@testable import Commands

@Suite("The command line")
struct CommandLineToolTests {
    @Test("CLI-017 an unknown command: usage on standard error, 127")
    func unknown() async {
        let outcome = await run("foo")
        #expect(outcome.code == 127)
        #expect(outcome.output == "")
        #expect(outcome.errors.hasPrefix("Usage: waypost [--version] [--help] <command> [<args>]"))
        #expect(outcome.errors.contains("    members     "))
    }

    @Test("no command: usage on standard error, 127; a near command is suggested")
    func none() async {
        #expect(await run().code == 127)
        let near = await run("member")
        #expect(near.code == 127)
        #expect(near.errors.contains("did you mean \"members\"?"))
    }

    @Test("help: usage on standard output, 0", arguments: ["-h", "-help", "--help"])
    func help(word: String) async {
        for outcome in [
            await run(word), await run("members", word), await run("catalog", word),
            await run("catalog", "nodes", word), await run("agent", word),
        ] {
            #expect(outcome.code == 0)
            #expect(outcome.output.hasPrefix("Usage: waypost"))
            #expect(outcome.errors == "")
        }
    }

    @Test(
        "CLI-016 a group without a subcommand: its help, 1",
        arguments: ["catalog", "services", "dns", "operator raft", "operator usage", "tls ca"]
    )
    func group(name: String) async {
        let words = name.split(separator: " ").map(String.init)
        let outcome = await run(words)
        #expect(outcome.code == 1)
        #expect(outcome.errors.hasPrefix("Usage: waypost \(name) <subcommand>"))
        #expect(await run(words + ["-h"]).output == outcome.errors)
    }

    @Test("help of a group within a group names its commands alone")
    func innerGroup() async {
        let text = await run("operator", "raft").errors
        #expect(text.contains("The servers that keep the log.\n"))
        #expect(text.contains("\n    list-peers ") && !text.contains("set-config"))
        #expect(await run("operator", "raft", "nope").errors == text)
    }

    @Test("a link named consul shows in usage texts")
    func link() async {
        #expect(await run("-h", program: "consul").output.hasPrefix("Usage: consul "))
        #expect(
            await run("catalog", "nodes", "-h", program: "consul").output
                .hasPrefix("Usage: consul catalog nodes [options]")
        )
    }

    @Test("help of a command lists every flag with one dash")
    func flagsInHelp() async {
        let text = await run("catalog", "nodes", "-h").output
        for flag in [
            "-http-addr <address>", "-token <token>", "-detailed", "-node-meta <k=v>", "-stale",
        ] {
            #expect(text.contains(flag), "\(flag)")
        }
        #expect(!text.contains("--http-addr"))
    }

    @Test(
        "mistakes in flags: Go's text, then usage, on standard error, 1",
        arguments: [
            (["members", "-bogus"], "flag provided but not defined: -bogus"),
            (["members", "-status"], "flag needs an argument: -status"),
            (["members", "-wan=x"], "invalid boolean value \"x\" for -wan: parse error"),
            (
                ["services", "register", "-port=x"],
                "invalid value \"x\" for flag -port: parse error"
            ),
        ]
    )
    func mistakes(arguments: [String], text: String) async {
        let outcome = await runAll(arguments)
        #expect(outcome.code == 1)
        #expect(outcome.errors.hasPrefix(text + "\n"))
        #expect(outcome.errors.contains("Usage: waypost"))
        #expect(outcome.output == "")
    }

    @Test("CLI-040 agent -bogus")
    func agentFlag() async {
        let outcome = await run("agent", "-bogus")
        #expect(outcome.code == 1)
        #expect(outcome.errors.hasPrefix("flag provided but not defined: -bogus\n"))
        #expect(outcome.errors.contains("Usage: waypost agent"))
        #expect(await run("agent", "-datcenter=x").errors.contains("Did you mean -datacenter?"))
    }

    @Test("agent gets its arguments as they are")
    func agent() async {
        #expect(await run("agent", "-dev", "-node=x").output == "agent [\"-dev\", \"-node=x\"]\n")
    }

    @Test("CLI-023 too many arguments")
    func tooMany() async {
        let outcome = await run("catalog", "nodes", "x")
        #expect(outcome.code == 1)
        #expect(outcome.errors.hasPrefix("Too many arguments (expected 0, got 1)"))
    }

    @Test("flags after the first argument are arguments; a double dash ends the flags")
    func endOfFlags() async {
        let after = await run("catalog", "nodes", "x", "-detailed")
        #expect(after.errors.hasPrefix("Too many arguments (expected 0, got 2)"))
        let dash = await run("catalog", "nodes", "--", "-detailed")
        #expect(dash.errors.hasPrefix("Too many arguments (expected 0, got 1)"))
    }

    @Test("shell completions")
    func completions() async {
        let outcome = await run("--generate-completion-script", "bash")
        #expect(outcome.code == 0)
        #expect(outcome.output.contains("complete -o default -o filenames -F _waypost waypost\n"))
        let linked = await run("--generate-completion-script", "bash", program: "consul")
        #expect(linked.output.contains("-F _consul consul\n"))
        // The agent's flags stand in a table of their own.
        let agent = outcome.output.components(separatedBy: "_waypost_agent() {").last ?? ""
        let part = agent.components(separatedBy: "\n}").first ?? ""
        let words = part.split { "'\" ()\n".contains($0) }
        for flag in AgentFlag.table { #expect(words.contains("-\(flag.name)"), "\(flag.name)") }
        // A name that is no word would break the script.
        let odd = await run("--generate-completion-script", "bash", program: "a b")
        #expect(odd.output == outcome.output)
        #expect(await run("--generate-completion-script", "x").code == 1)
    }

    @Test("completions are installed where the shell looks, and removed")
    func installation() async throws {
        let home = FileManager.default.temporaryDirectory
            .appendingPathComponent("waypost-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: home) }
        try FileManager.default.createDirectory(
            atPath: home,
            withIntermediateDirectories: true
        )
        for (shell, path) in [
            ("/bin/bash", ".local/share/bash-completion/completions/waypost"),
            ("/usr/bin/fish", ".config/fish/completions/waypost.fish"),
        ] {
            let environment = ["SHELL": shell, "HOME": home]
            let done = await run("-autocomplete-install", environment: environment)
            #expect(done.code == 0, "\(done.errors)")
            let file = "\(home)/\(path)"
            let script = FileManager.default.contents(atPath: file) ?? Data()
            #expect(String(decoding: script, as: UTF8.self).contains("intention"))
            let gone = await run("-autocomplete-uninstall", environment: environment)
            #expect(gone.code == 0 && !FileManager.default.fileExists(atPath: file))
        }
        let zsh = ["SHELL": "/bin/zsh", "HOME": home]
        let other = await run("-autocomplete-install", environment: zsh)
        #expect(other.code == 1)
        #expect(other.errors.contains("--generate-completion-script zsh"))
        #expect(await run("-autocomplete-install").code == 1)
    }

    @Test("bash reads the completions at its start, once, and no more when they are gone")
    func startFile() async throws {
        let home = FileManager.default.temporaryDirectory
            .appendingPathComponent("waypost-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: home) }
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        let (link, real) = ("\(home)/.bashrc", "\(home)/dotfiles")
        // No UTF-8, and no line break at its end.
        let before = Data(Array("alias l=ls\n# ".utf8) + [0xe9])
        try before.write(to: URL(fileURLWithPath: real))
        #expect(unsafe chmod(real, 0o640) == 0)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: real)
        let environment = ["SHELL": "/bin/bash", "HOME": home]
        func content() -> Data { FileManager.default.contents(atPath: real) ?? Data() }

        let path = "\(home)/.local/share/bash-completion/completions/consul"
        let line = "[ ! -r '\(path)' ] || . '\(path)' # consul -autocomplete-install\n"
        for _ in 0..<2 {
            let done = await run(
                "-autocomplete-install",
                program: "consul",
                environment: environment
            )
            #expect(done.code == 0, "\(done.errors)")
            #expect(content() == before + Data("\n\(line)".utf8))
        }
        _ = await run("-autocomplete-install", environment: environment)
        let gone = await run(
            "-autocomplete-uninstall",
            program: "consul",
            environment: environment
        )
        #expect(gone.code == 0)
        // That of the other name stays.
        #expect(content() == before + Data("\n\(line.replacing("consul", with: "waypost"))".utf8))
        _ = await run("-autocomplete-uninstall", environment: environment)
        #expect(content() == before + Data("\n".utf8))
        let status = try FileManager.default.attributesOfItem(atPath: real)
        #expect(status[.posixPermissions] as? Int == 0o640)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == real)
    }

    @Test("the manual page names every command and every flag of the agent")
    func manual() async {
        let page = await run("--generate-manual")
        #expect(page.code == 0 && page.output.hasPrefix(".TH WAYPOST 1 "))
        for command in CommandCatalogue.commands {
            let words = ManualPage.escaped(command.words.joined(separator: " "))
            #expect(page.output.contains(".B \(words) [options]"), "\(words)")
        }
        #expect(page.output.contains(".B \\-config\\-file=<value>"))
        #expect(page.output.contains(".SS kv put\n"))
        #expect(page.output.contains(".B \\-status=<regexp>\n"))
        #expect(page.output.contains(".B \\-n=<number>\n"))
        #expect(page.output.contains(".B \\-try=<duration>\n"))
        // What help shows of a command's flags is there, and told once where all have it.
        for command in CommandCatalogue.commands {
            let name = ManualPage.escaped(command.words.joined(separator: " "))
            let parts = page.output.components(separatedBy: ".SS \(name)\n")
            let part = parts.last?.components(separatedBy: "\n.S").first ?? ""
            #expect(parts.count == 2, "\(name)")
            // One line of help: `  -timeout, -try <duration>    How long …`.
            for line in command.helpMessage(columns: 200).split(separator: "\n")
            where line.hasPrefix("  -") {
                let names = line.dropFirst(2).prefix(while: { $0 != "<" })
                    .components(separatedBy: "  ")[0]
                for flag in names.split(whereSeparator: { $0 == "," || $0 == " " })
                where flag != "-h" && !flag.hasPrefix("--") {
                    let label = ".B \(ManualPage.escaped(String(flag)))"
                    let isCommon = DeclaredFlag.all(of: ClientOptions.self)
                        .contains { "-\($0.name)" == flag }
                    let isTold = ["=", "\n"].contains { (part + "\n").contains(label + $0) }
                    #expect(isCommon != isTold, "\(name) \(flag)")
                }
            }
        }
        // No line begins as a request by accident.
        for line in page.output.split(separator: "\n") where line.hasPrefix(".") {
            #expect([".TH", ".SH", ".SS", ".TP", ".B "].contains { line.hasPrefix($0) }, "\(line)")
        }
    }

    @Test(
        "CLI-051 an agent that cannot be reached: where it was looked for, and what to do",
        arguments: [
            ["catalog", "nodes"], ["operator", "autopilot", "get-config"], ["rtt", "a", "b"],
        ]
    )
    func unreached(arguments: [String]) async {
        let outcome = await run(arguments)
        #expect(outcome.code == 1)
        #expect(
            outcome.errors.contains(
                "No agent can be reached at 127.0.0.1:8500: start one with `waypost agent -dev`"
            )
        )
        #expect(outcome.errors.contains("connect: connection refused"))
    }

    @Test(
        "every command declares its flags readably",
        arguments: CommandCatalogue.commands.map { $0.words }
    )
    func declarations(words: [String]) throws {
        let command = try #require(CommandCatalogue.command(matching: words))
        // These alone have none, as in Consul.
        let bare = [["keygen"], ["snapshot", "decode"]]
        #expect(FlagPrePass(command).declared.isEmpty == bare.contains(words))
    }

    private func runAll(_ arguments: [String]) async -> CommandOutcome {
        arguments.count == 2
            ? await run(arguments[0], arguments[1])
            : await run(arguments[0], arguments[1], arguments[2])
    }
}

@Suite("Flags by Go's rules")
struct FlagPrePassTests {
    private func flags(_ arguments: String...) throws -> [String] {
        try FlagPrePass(MembersCommand.self).split(arguments).flags
    }

    @Test("one or two dashes, with or without equals sign")
    func forms() throws {
        #expect(try flags("-status", "x", "--filter=y") == ["-status=x", "-filter=y"])
        #expect(try flags("--detailed", "-wan=T") == ["-detailed", "-wan"])
    }

    @Test("the last one counts, also false after true")
    func last() throws {
        #expect(try flags("-status=a", "-status=b") == ["-status=b"])
        #expect(try flags("-wan", "-wan=false") == [])
    }

    @Test("values may be empty or look like flags")
    func oddValues() throws {
        let parsed = try MembersCommand.parse(try flags("-status", "-x", "-filter="))
        #expect(parsed.status == "-x")
        #expect(parsed.filter == "")
    }

    @Test("repeatable flags append")
    func repeated() throws {
        let (flags, _) = try FlagPrePass(CatalogNodesCommand.self).split(
            ["-node-meta", "a=1", "-node-meta=b=2"])
        #expect(try CatalogNodesCommand.parse(flags).nodeMeta == ["a=1", "b=2"])
    }
}

@Suite("Tables")
struct ColumnTableTests {
    @Test("cells are padded to the widest plus two, nothing at the end of a line")
    func table() {
        let table = ColumnTable(rows: [["Node", "ID"], ["a", "1"], ["longer", ""]])
        #expect(table.text == "Node    ID\na       1\nlonger")
    }

    @Test("no rows")
    func empty() { #expect(ColumnTable(rows: []).text == "") }
}
