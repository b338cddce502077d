// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Testing

@testable import Commands

@Suite("validate")
struct ValidateCommandTests {
    @Test("a valid file; quietly")
    func valid() async {
        let files = ["a.hcl": "data_dir = \"/d\" server = true"]
        let outcome = await run("validate", "a.hcl", files: files)
        #expect(outcome.code == 0)
        #expect(outcome.output == "Configuration is valid!\n")
        let quiet = await run("validate", "-quiet", "a.hcl", files: files)
        #expect(quiet.code == 0 && quiet.output == "" && quiet.errors == "")
    }

    @Test("CLI-041 a path that is not there")
    func missing() async {
        let outcome = await run("validate", "nope")
        #expect(outcome.code == 1)
        #expect(
            outcome.errors
                == "Config validation failed: config: Open failed on nope. open nope: no such file or "
                + "directory\n"
        )
    }

    @Test("CLI-042 an unknown key, with its place")
    func unknownKey() async {
        let outcome = await run("validate", "a.hcl", files: ["a.hcl": "\nfoo = 1"])
        #expect(outcome.code == 1)
        #expect(
            outcome.errors.hasPrefix("Config validation failed: failed to parse a.hcl: 1 error")
        )
        #expect(outcome.errors.contains("* invalid config key foo (a.hcl:2:1)"))
    }

    @Test("zone files that are wrong fail it, odd ones are warned of")
    func zones() async {
        let files = ["a.hcl": "data_dir = \"/d\" zone_dirs = [\"/z\"]"]
        let broken = await run(
            "validate",
            "a.hcl",
            files: files,
            inspect: { configuration in
                (configuration.zoneDirectories.map { "zone_dirs: \($0)/b.zone:3: bad" }, [])
            }
        )
        #expect(broken.code == 1 && broken.output == "")
        #expect(broken.errors == "Config validation failed: zone_dirs: /z/b.zone:3: bad\n")
        let odd = await run("validate", "a.hcl", files: files, inspect: { _ in ([], ["odd"]) })
        #expect(odd.code == 0 && odd.errors == "odd\n")
        #expect(odd.output == "Configuration is valid!\n")
    }

    @Test("address templates are evaluated on this host, and what is wrong has its line")
    func templates() async {
        let files = ["a.hcl": "data_dir = \"/d\"\nclient_addr = \"{{ GetInterfaceIP `eth9` }}\""]
        let eth9 = InterfaceAddress(
            name: "eth9",
            octets: [10, 0, 0, 9],
            prefixLength: 24,
            flags: [.up]
        )
        let here = await run(
            "validate",
            "a.hcl",
            files: files,
            interfaces: HostInterfaces(addresses: [eth9])
        )
        #expect(here.code == 0 && here.output == "Configuration is valid!\n", "\(here.errors)")
        let elsewhere = await run("validate", "a.hcl", files: files)
        #expect(elsewhere.code == 1 && elsewhere.errors.contains("no address found (a.hcl:2:15;"))
    }

    @Test("no argument, a wrong format, an unknown extension")
    func mistakes() async {
        #expect(
            await run("validate").errors == "Must specify at least one config file or directory\n"
        )
        #expect(
            await run("validate", "-config-format=x", "a").errors.hasPrefix(
                "Config validation failed: config: -config-format must be either 'hcl' or 'json'"
            )
        )
        #expect(
            await run("validate", "a.conf", files: ["a.conf": ""]).errors.contains(
                "file a.conf has unknown extension"
            )
        )
        #expect(
            await run(
                "validate",
                "-config-format",
                "json",
                "a.conf",
                files: ["a.conf": #"{"data_dir": "/d"}"#]
            ).code == 0
        )
    }
}
