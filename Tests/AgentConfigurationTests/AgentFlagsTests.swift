// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import AgentConfiguration

@Suite("Flags")
struct AgentFlagsTests {
    private func failure(_ arguments: [String]) -> FlagError? {
        do {
            _ = try AgentFlags.parse(arguments)
            return nil
        } catch { return error }
    }

    @Test(
        "errors are Go's",
        arguments: [
            (["-bogus"], "flag provided but not defined: -bogus"),
            (["--bogus=1"], "flag provided but not defined: -bogus"),
            (["-node"], "flag needs an argument: -node"),
            (["-server=x"], "invalid boolean value \"x\" for -server: parse error"),
            (["-http-port=x"], "invalid value \"x\" for flag -http-port: parse error"),
            (["---x"], "bad flag syntax: ---x"), (["-=x"], "bad flag syntax: -=x"),
        ]
    )
    func errors(arguments: [String], expected: String) {
        #expect(failure(arguments)?.message == expected)
        #expect(failure(arguments)?.kind == .misuse)
    }

    @Test("CLI-040 an unknown flag; a near one is suggested")
    func suggestion() {
        #expect(failure(["-bogus"])?.suggestion == nil)
        #expect(failure(["-datacentre=x"])?.suggestion == "datacenter")
    }

    @Test("help", arguments: ["-h", "-help", "--help"])
    func help(word: String) { #expect(failure([word])?.kind == .help) }

    @Test(
        "CLI-039 extra arguments are refused",
        arguments: [["-dev", "extra"], ["-dev", "--", "extra"]]
    )
    func extra(arguments: [String]) throws {
        let refusal = try AgentFlags.parse(arguments).refusal
        #expect(refusal?.message == "Unexpected extra arguments: [extra]")
    }

    @Test("the last of a scalar counts, lists append, numbers in all notations")
    func values() throws {
        let configuration = try #require(
            build(
                [],
                flags: [
                    "-dev", "-server=false", "--server", "-http-port", "0x10", "-dns-port=010",
                    "-recursor=192.0.2.1", "-recursor", "192.0.2.2", "-zone-dir=/a", "-zone-dir=/b",
                ]
            ).configuration
        )
        #expect(configuration.isServer)
        #expect(configuration.network.ports.http == 16)
        #expect(configuration.network.ports.dns == 8)
        #expect(configuration.dns.recursors == ["192.0.2.1", "192.0.2.2"])
        #expect(configuration.zoneDirectories == ["/a", "/b"])
    }

    @Test("files and directories keep their order")
    func paths() throws {
        let flags = try AgentFlags.parse([
            "-config-dir=/d", "-config-file", "f", "-config-format=json",
        ])
        #expect(flags.flags.paths == [.directory("/d"), .file("f")])
        #expect(flags.flags.format == .json)
    }

    @Test(
        "integers as Go reads them",
        arguments: [
            ("12", 12), ("-3", -3), ("0x1f", 31), ("0o17", 15), ("0b101", 5), ("017", 15), ("0", 0),
            ("08", nil), ("", nil), ("0x", nil), ("1_000", 1000), ("0x_1f", 31),
            ("0_7", 7), ("_1", nil), ("1_", nil), ("1__0", nil), ("-1_0", -10), ("--1", nil),
            ("0x-1", nil), ("9223372036854775807", .max), ("-9223372036854775808", .min),
            ("9223372036854775808", nil), ("-9223372036854775809", nil),
        ] as [(String, Int?)]
    )
    func integers(text: String, expected: Int?) {
        #expect((try? GoInteger.signed(text)) == expected)
    }

    @Test("a number that is too large is told from what is none")
    func numberProblems() {
        for (text, problem) in [
            ("18446744073709551616", GoInteger.Problem.range), ("0x1_0000_0000_0000_0000", .range),
            ("99999999999999999999x", .range), ("-1", .syntax), ("+1", .syntax), ("0b2", .syntax),
            ("x", .syntax), ("_", .syntax), ("0_", .syntax), ("0x_", .syntax),
        ] {
            #expect(throws: problem, "\(text)") { try GoInteger.unsigned(text) }
        }
    }
}
