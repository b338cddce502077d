// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Definitions
import Testing

/// What a build gave: the configuration, or the text of the refusal.
struct Outcome {
    var configuration: RuntimeConfiguration?
    var warnings: [String] = []
    var failure = ""

    /// The failure on one line, blanks folded, as the specification quotes it.
    var folded: String {
        failure.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}

/// Builds from one or more HCL texts (`a.hcl`, `b.hcl`, …), with the data directory set unless
/// the flags say otherwise.
func build(
    hcl texts: String...,
    flags: [String] = ["-data-dir=/d", "-bind=127.0.0.1", "-node=n1"]
) -> Outcome {
    let names = ["a.hcl", "b.hcl", "c.hcl"]
    let sources = zip(names, texts).map {
        ConfigurationSource(name: $0, format: .hcl, text: $1)
    }
    return build(sources, flags: flags)
}

/// Builds from a JSON text, `a.json`.
func build(json text: String) -> Outcome {
    build(
        [ConfigurationSource(name: "a.json", format: .json, text: text)],
        flags: ["-data-dir=/d", "-bind=127.0.0.1", "-node=n1"]
    )
}

/// Builds from sources and flags.
func build(
    _ sources: [ConfigurationSource],
    flags: [String],
    host: HostFacts = HostFacts(hostName: "host1", privateIPv4: ["10.0.0.5"])
) -> Outcome {
    do {
        let parsed = try AgentFlags.parse(flags)
        if let refusal = parsed.refusal { return Outcome(failure: refusal.message) }
        do {
            let (configuration, warnings) = try ConfigurationBuilder.build(
                sources: sources,
                flags: parsed.flags,
                host: host
            )
            return Outcome(configuration: configuration, warnings: warnings)
        } catch { return Outcome(failure: error.message) }
    } catch { return Outcome(failure: error.message) }
}

@Suite("Configuration cases of the specification")
struct ConfigurationCaseTests {
    @Test("CFG-001 a text is no integer")
    func case001() {
        let outcome = build(hcl: #"ports { http = "8500" }"#)
        #expect(
            outcome.folded.contains(
                "'ports.http' expected type 'int', got unconvertible type 'string', value: '8500'"
            )
        )
        #expect(outcome.folded.contains("a.hcl:1:16"))
        #expect(outcome.folded.contains("write it without quotes: 8500"))
    }

    @Test(
        "CFG-002 types are strict",
        arguments: [
            (
                "node_name = 5",
                "'node_name' expected type 'string', got unconvertible type 'int', value: '5'"
            ),
            (
                "server = \"true\"",
                "'server' expected type 'bool', got unconvertible type 'string', value: 'true'"
            ),
            (
                "server = 1",
                "'server' expected type 'bool', got unconvertible type 'int', value: '1'"
            ),
        ]
    )
    func case002(text: String, expected: String) {
        #expect(build(hcl: text).folded.contains(expected))
    }

    @Test(
        "CFG-003 all notations of numbers",
        arguments: [("0x1F90", 8080), ("017620", 8080), ("8500.0", 8500), ("1e3", 1000)]
    )
    func case003(text: String, expected: Int) {
        let outcome = build(hcl: "ports { http = \(text) }")
        #expect(outcome.configuration?.network.ports.http == expected)
    }

    @Test("CFG-004 a plus sign is no number")
    func case004() {
        let outcome = build(hcl: "\n\nports { http = +85 }")
        #expect(
            outcome.folded.contains("failed to parse a.hcl: At 3:16: Unknown token: 3:16 ADD +")
        )
    }

    @Test("CFG-005 two service blocks in one file")
    func case005() {
        let outcome = build(hcl: "service { name = \"a\" }\nservice { name = \"b\" }")
        #expect(outcome.folded.contains("'service' expected a map, got 'slice'"))
        #expect(outcome.folded.contains("the second one is at a.hcl:2:9; use `services`"))
    }

    @Test(
        "CFG-006 services blocks repeat, and one object stands for a list",
        arguments: [
            ("services { name = \"a\" }\nservices { name = \"b\" }", ["a", "b"]),
            ("services = { name = \"a\" }", ["a"]), ("services = [{ name = \"a\" }]", ["a"]),
        ]
    )
    func case006(text: String, names: [String]) {
        #expect(build(hcl: text).configuration?.serviceDefinitions.map(\.name) == names)
    }

    @Test("CFG-007 a label is an unknown key")
    func case007() {
        let outcome = build(hcl: "service \"web\" { port = 1 }")
        #expect(outcome.folded.contains("1 error occurred: * invalid config key service.web"))
        #expect(outcome.folded.contains("write service { name = \"web\" … }"))
    }

    @Test("CFG-008 a text is no list")
    func case008() {
        let outcome = build(hcl: "retry_join = \"x\"")
        #expect(
            outcome.folded.contains(
                "'retry_join': source data must be an array or slice, got string"
            )
        )
        #expect(outcome.folded.contains("write a list: [\"x\"]"))
    }

    @Test("CFG-009 commas and blanks")
    func case009() {
        let outcome = build(
            hcl:
                "retry_join = [\"x\",] ports { http = 1, dns = 2 } node_name = \"n\" log_json = true",
            flags: ["-data-dir=/d", "-bind=127.0.0.1"]
        )
        #expect(outcome.configuration?.network.ports.http == 1)
        #expect(outcome.configuration?.network.ports.dns == 2)
        #expect(outcome.configuration?.membership.retryJoin == ["x"])
        #expect(outcome.configuration?.log.isJSON == true)
    }

    @Test("CFG-010 lists append in HCL, the last counts in JSON")
    func case010() {
        let hcl = build(hcl: "recursors = [\"0.0.0.0\"]\nrecursors = [\"127.0.0.1\"]")
        #expect(hcl.folded.contains("DNS recursor address cannot be 0.0.0.0, :: or [::]"))
        let json = build(json: #"{"recursors": ["0.0.0.0"], "recursors": ["127.0.0.1"]}"#)
        #expect(json.configuration?.dns.recursors == ["127.0.0.1"])
    }

    @Test("CFG-011 the last of two scalars counts")
    func case011() {
        let outcome = build(hcl: "datacenter = \"a\"\ndatacenter = \"b\"")
        #expect(outcome.configuration?.identity.datacenter == "b")
    }

    @Test("CFG-012 a list of exactly one is unwrapped")
    func case012() {
        let flags = ["-data-dir=/d", "-bind=127.0.0.1"]
        let one = build(hcl: "node_name = [\"x\"]", flags: flags)
        #expect(one.configuration?.identity.nodeName == "x")
        let two = build(hcl: "node_name = [\"x\", \"y\"]", flags: flags)
        #expect(
            two.folded.contains(
                "'node_name' expected type 'string', got unconvertible type '[]interface {}', "
                    + "value: '[x y]'"
            )
        )
    }

    @Test("CFG-013 unknown keys are listed together")
    func case013() {
        let outcome = build(hcl: "foo = 1\nports { zz = 1 }")
        #expect(outcome.folded.hasPrefix("failed to parse a.hcl: 2 errors occurred:"))
        #expect(outcome.folded.contains("* invalid config key ports.zz"))
        #expect(outcome.folded.contains("* invalid config key foo"))
    }

    @Test("CFG-014 keys are compared without case")
    func case014() {
        let outcome = build(
            hcl: "NODE_NAME = \"x\"\nServices { NAME = \"w\" }",
            flags: ["-data-dir=/d", "-bind=127.0.0.1"]
        )
        #expect(outcome.configuration?.identity.nodeName == "x")
        #expect(outcome.configuration?.serviceDefinitions.map(\.name) == ["w"])
    }

    @Test("CFG-015 underscores count")
    func case015() {
        let outcome = build(json: #"{"service": {"name": "a", "enableTagOverride": true}}"#)
        #expect(outcome.folded.contains("invalid config key service.enableTagOverride"))
        #expect(outcome.folded.contains("did you mean service.enable_tag_override?"))
    }

    @Test("CFG-016 JSON has no comments")
    func case016() {
        let outcome = build(json: "{}\n// c")
        #expect(outcome.folded.contains("invalid character '/' after top-level value"))
        #expect(outcome.folded.contains("a.json:2:1"))
    }

    @Test("CFG-017 null is absent")
    func case017() {
        let outcome = build(json: #"{"node_name": null, "ports": {"http": null}}"#)
        #expect(outcome.configuration?.network.ports.http == 8500)
    }

    @Test("CFG-018 a byte-order mark is refused")
    func case018() {
        #expect(build(hcl: "\u{feff}server = true").folded.contains("At 1:1: illegal char"))
    }

    @Test(
        "CFG-019 broken strings",
        arguments: [
            ("node_name = \"a\nb\"", "literal not terminated"),
            ("node_name = \"\\q\"", "illegal char escape"),
        ]
    )
    func case019(text: String, expected: String) {
        #expect(build(hcl: text).folded.contains(expected))
    }

    @Test("CFG-020 heredocs")
    func case020() {
        let outcome = build(
            hcl: "check { id = \"c\" name = \"c\" ttl = \"1m\" notes = <<EOF\nx\nEOF\n}\n"
                + "checks { name = \"d\" ttl = \"1m\" notes = <<-END\n    y\n    END\n}\n"
        )
        #expect(outcome.configuration?.checkDefinitions.map(\.notes) == ["y\n", "x\n"])
    }

    @Test("CFG-021 later files win")
    func case021() {
        let outcome = build(hcl: "datacenter = \"a\"", "datacenter = \"b\"")
        #expect(outcome.configuration?.identity.datacenter == "b")
    }

    @Test("CFG-022 fragments of -hcl are named")
    func case022() {
        let outcome = build([], flags: ["-dev", "-hcl", "foo = 1"])
        #expect(
            outcome.folded.hasPrefix(
                "failed to parse flags-0.hcl: 1 error occurred: * invalid config key foo"
            )
        )
    }

    @Test("CFG-023 a wrong format")
    func case023() {
        let outcome = build([], flags: ["-config-format=x", "-dev"])
        #expect(outcome.failure == "config: -config-format must be either 'hcl' or 'json'")
    }

    @Test("CFG-025 bootstrap needs server")
    func case025() {
        #expect(
            build(hcl: "bootstrap = true").folded.contains(
                "'bootstrap = true' requires 'server = true'"
            )
        )
    }

    @Test("CFG-026 the multiplier is bounded")
    func case026() {
        #expect(
            build(hcl: "performance { raft_multiplier = 11 }").folded.contains(
                "performance.raft_multiplier cannot be 11. Must be between 1 and 10"
            )
        )
    }

    @Test("CFG-027 ports are bounded")
    func case027() {
        #expect(
            build(hcl: "ports { http = 70000 }").failure
                == "ports.http: invalid port: 70000 (a.hcl:1:16)"
        )
    }

    @Test("CFG-028 the gossip key is base64")
    func case028() {
        #expect(
            build(hcl: "encrypt = \"abc\"").folded.contains(
                "encrypt has invalid key: illegal base64 data at input byte 0"
            )
        )
        #expect(
            build(hcl: "encrypt = \"YWJj\"").folded.contains(
                "encrypt has invalid key: key size must be 16, 24 or 32 bytes"
            )
        )
        let key = build(hcl: "encrypt = \"AAECAwQFBgcICQoLDA0ODw==\"").configuration
        #expect(key?.membership.encryptionKey == Array(0..<16))
        #expect(key?.effective.first { $0.key == "encrypt" }?.value == "\"hidden\"")
    }

    @Test("CFG-029 a data directory is needed")
    func case029() {
        #expect(build([], flags: []).folded.contains("data_dir cannot be empty"))
        #expect(build([], flags: ["-dev"]).failure == "")
    }
}
