// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Testing

@Suite("Settings with address templates")
struct AddressTemplateSettingsTests {
    private func outcome(
        _ text: String,
        flags: [String] = ["-data-dir=/d", "-node=n1", "-bind=127.0.0.1"],
        host: HostInterfaces = templateHost
    ) -> Outcome {
        build(
            [ConfigurationSource(name: "a.hcl", format: .hcl, text: text)],
            flags: flags,
            host: HostFacts(hostName: "h", privateIPv4: ["10.0.0.5"], interfaces: host)
        )
    }

    @Test("every setting that holds addresses takes them")
    func settings() throws {
        let outcome = outcome(
            """
            bind_addr = "{{ GetInterfaceIP \\"eth1\\" }}"
            advertise_addr = "{{ GetPublicInterfaces | include \\"type\\" \\"IPv4\\" | attr \\"address\\" }}"
            client_addr = "127.0.0.1 {{ GetPrivateIP }}"
            addresses { dns = "{{ GetInterfaceIPs \\"eth0|docker0\\" }}" }
            recursors = ["{{ GetDefaultInterfaces | limit 1 | math `network` `+1` | attr `address` }}",
                "192.0.2.1:5353", "{{ GetPrivateInterfaces | limit 2 | join `address` ` ` }}"]
            forward_zones = [{ zone = "corp.example" recursors = ["{{ GetPrivateIP }}:5353"] }]
            serf_lan = "{{ GetPrivateIP }}"
            """,
            flags: ["-data-dir=/d", "-node=n1"]
        )
        let configuration = try #require(outcome.configuration, "\(outcome.failure)")
        let network = configuration.network
        #expect(network.bindAddress == "10.1.2.3" && network.advertiseAddress == "198.41.0.4")
        #expect(network.clientAddresses == ["127.0.0.1", "192.168.7.20"])
        #expect(
            network.http == [
                .ip(address: "127.0.0.1", port: 8500), .ip(address: "192.168.7.20", port: 8500),
            ]
        )
        #expect(
            network.dns.count == 4
                && network.dns.first == .ip(address: "172.17.0.1", port: 8600)
        )
        #expect(network.serfLANAddress == "192.168.7.20")
        #expect(
            configuration.dns.recursors
                == ["192.168.7.1", "192.0.2.1:5353", "192.168.7.20", "10.1.2.3"]
        )
        #expect(configuration.forwarding.zones.map(\.recursors) == [["192.168.7.20:5353"]])
        let shown = Dictionary(
            uniqueKeysWithValues: configuration.effective.map { ($0.key, $0.value) }
        )
        #expect(shown["bind_addr"] == "\"10.1.2.3\"")
        #expect(shown["client_addr"] == "\"127.0.0.1 192.168.7.20\"")
        #expect(shown["recursors"]?.contains("192.168.7.1") == true)
    }

    @Test("flags take them")
    func flags() throws {
        let outcome = outcome(
            "",
            flags: [
                "-data-dir=/d", "-node=n1", "-bind={{ GetPrivateIP }}", "-client={{GetPrivateIPs}}",
                "-advertise={{ GetInterfaceIP \"docker0\" }}", "-recursor={{ GetPublicIP }}",
            ]
        )
        let configuration = try #require(outcome.configuration, "\(outcome.failure)")
        #expect(configuration.network.bindAddress == "192.168.7.20")
        #expect(configuration.network.advertiseAddress == "172.17.0.1")
        #expect(configuration.network.clientAddresses.count == 5)
        #expect(configuration.dns.recursors == ["2001:470:1::7"])
    }

    @Test(
        "what is wrong is told with setting, file and line",
        arguments: [
            (
                "\nclient_addr = \"{{ GetPrivateIPp }}\"",
                "client_addr: error parsing \"{{ GetPrivateIPp }}\": function \"GetPrivateIPp\" not "
                    + "defined, column 4 (a.hcl:2:15; did you mean \"GetPrivateIP\"?)"
            ),
            (
                "recursors = [\"192.0.2.1\",\n\"{{ GetInterfaceIP }}\"]",
                "recursors: error parsing \"{{ GetInterfaceIP }}\": wrong number of arguments for "
                    + "GetInterfaceIP: want 1, got 0, column 4 (a.hcl:2:1)"
            ),
            (
                "addresses { http = \"{{ GetInterfaceIP \\\"no\\\" }}\" }",
                "addresses.http: error parsing \"{{ GetInterfaceIP \"no\" }}\": no address found "
                    + "(a.hcl:1:20; no interface of this host fits the template; see `ip address`)"
            ),
            (
                "advertise_addr = \"{{ GetPrivateIPs }}\"",
                "advertise_addr: multiple addresses found: 10.1.2.3 172.17.0.1 192.168.7.20 "
                    + "10.5.5.5 10.9.0.2 (a.hcl:1:18)"
            ),
            (
                "client_addr = \"{{ GetAllInterfaces | attr \\\"name\\\" }}\"",
                "client_addr: invalid ip address: lo (a.hcl:1:15)"
            ),
            (
                "recursors = [\"unix:///{{ GetPrivateIP }}\"]",
                "DNS recursor address cannot be a unix socket (a.hcl:1:14; "
            ),
        ]
    )
    func faults(text: String, words: String) {
        let failure = outcome(text).failure
        #expect(failure.hasPrefix(words), "\(failure)")
        #expect(!failure.contains("errors occurred"))
    }

    @Test("bind_addr has the words that Consul has for it")
    func bind() {
        let flags = ["-data-dir=/d", "-node=n1"]
        let none = outcome("bind_addr = \"{{ GetInterfaceIP \\\"no\\\" }}\"", flags: flags).failure
        #expect(none.contains("bind_addr cannot be empty (a.hcl:1:13; no interface of this host"))
        let many = outcome("bind_addr = \"{{ GetPrivateIPs }}\"", flags: flags).failure
        #expect(many.contains("bind_addr cannot contain multiple addresses. Use 'addresses."))
    }
}
