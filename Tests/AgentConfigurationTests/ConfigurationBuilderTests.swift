// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Definitions
import Testing

@Suite("Building a configuration")
struct ConfigurationBuilderTests {
    @Test("-dev needs nothing else")
    func development() throws {
        let configuration = try #require(build([], flags: ["-dev"]).configuration)
        #expect(configuration.isServer)
        #expect(configuration.isDevelopment)
        #expect(configuration.identity.nodeName == "host1")
        #expect(configuration.network.bindAddress == "127.0.0.1")
        #expect(configuration.network.advertiseAddress == "127.0.0.1")
        #expect(configuration.network.dns.map(\.description) == ["127.0.0.1:8600"])
        #expect(configuration.network.http.map(\.description) == ["127.0.0.1:8500"])
        #expect(configuration.log.level == .info)
        #expect(configuration.leave.skipsLeaveOnInterrupt)
        #expect(build([], flags: ["-dev"]).warnings.isEmpty)
    }

    @Test("files beat -dev and lists of flags, flags beat files, -hcl beats flags")
    func order() throws {
        let file = ConfigurationSource(
            name: "a.hcl",
            format: .hcl,
            text:
                "datacenter = \"file\" log_level = \"warn\" domain = \"file.\" recursors = [\"192.0.2.2\"]"
        )
        let outcome = build(
            [file],
            flags: [
                "-dev", "-datacenter=flag", "-domain", "flag", "-recursor=192.0.2.1",
                "-hcl", "domain = \"FRAGMENT\" recursors = [\"192.0.2.3\"]",
            ]
        )
        let configuration = try #require(outcome.configuration)
        #expect(configuration.identity.datacenter == "flag")
        #expect(configuration.log.level == .warn)
        #expect(configuration.dns.domain == "fragment.")
        #expect(configuration.dns.recursors == ["192.0.2.1", "192.0.2.2", "192.0.2.3"])
    }

    @Test("maps merge key by key, objects member by member")
    func maps() throws {
        let configuration = try #require(
            build(
                hcl: "node_meta { a = \"1\" b = \"2\" } ports { http = 1 }",
                "node_meta { b = \"3\" } ports { dns = 2 }",
                flags: ["-dev", "-node-meta=a:0", "-node-meta", "c:x:y"]
            ).configuration
        )
        #expect(configuration.identity.nodeMeta == ["a": "1", "b": "3", "c": "x:y"])
        #expect(configuration.network.ports.http == 1)
        #expect(configuration.network.ports.dns == 2)
    }

    @Test("single services and checks join the lists")
    func singles() throws {
        let configuration = try #require(
            build(
                hcl: "service { name = \"a\" }",
                "service { name = \"b\" } services { name = \"c\" }"
            ).configuration
        )
        #expect(configuration.serviceDefinitions.map(\.name) == ["a", "c", "b"])
    }

    @Test("a service with everything")
    func service() throws {
        let text = """
            service {
              id = "web-1" name = "web" port = 80 tags = ["v1", "prod"] address = "192.0.2.7"
              meta { k = "v" } weights { passing = 5 warning = 2 } enable_tag_override = true
              tagged_addresses { lan { address = "192.0.2.8" port = 81 } }
              check { id = "c1" http = "http://127.0.0.1/" interval = "10s" timeout = "1s"
                header { X-A = ["1", "2"] } }
              checks { ttl = "1m30s" status = "passing" }
              connect { native = true } locality { region = "r" zone = "z" }
            }
            """
        let outcome = build(hcl: text)
        #expect(!outcome.warnings.contains { $0.contains("locality") })
        let service = try #require(outcome.configuration?.serviceDefinitions.first)
        #expect(service.locality == Locality(region: "r", zone: "z"))
        #expect(service.id == "web-1")
        #expect(service.tags == ["v1", "prod"])
        #expect(service.weights == ServiceWeights(passing: 5, warning: 2))
        #expect(service.taggedAddresses["lan"] == ServiceAddress(address: "192.0.2.8", port: 81))
        #expect(service.checks.map(\.kind) == [.http, .ttl])
        #expect(service.checks[0].header == ["X-A": ["1", "2"]])
        #expect(service.checks[0].interval == .seconds(10))
        #expect(service.checks[1].ttl == .seconds(90))
        #expect(service.checks[1].status == .passing)
        #expect(service.connectNative)
    }

    @Test("a proxy keeps free-form parts as JSON in the API's spelling")
    func proxy() throws {
        let text = """
            service { name = "p" kind = "connect-proxy" port = 21000
              proxy { destination_service_name = "web" config { max_conns = 3 }
                upstreams = [{ destination_name = "db" local_bind_port = 9191
                  config { connect_timeout_ms = 1 } }] } }
            """
        let proxy = try #require(build(hcl: text).configuration?.serviceDefinitions.first?.proxy)
        #expect(proxy.destinationServiceName == "web")
        #expect(proxy.configJSON == #"{"max_conns":3}"#)
        #expect(
            proxy.upstreamsJSON
                == #"[{"DestinationName":"db","LocalBindPort":9191,"Config":{"connect_timeout_ms":1}}]"#
        )
    }

    @Test("what only a proxy reads is kept as JSON in the API's spelling")
    func dataPlane() throws {
        let text = """
            service { name = "p" kind = "connect-proxy" port = 21000
              proxy { destination_service_name = "web" local_service_socket_path = "/s"
                transparent_proxy { outbound_listener_port = 15001 }
                mutual_tls_mode = "strict"
                access_logs { enabled = true json_format = "{}" }
                envoy_extensions = [{ name = "builtin/lua"
                  arguments { proxy_type = "connect-proxy" } }] } }
            """
        let proxy = try #require(build(hcl: text).configuration?.serviceDefinitions.first?.proxy)
        #expect(
            proxy.dataPlaneJSON
                == #"{"LocalServiceSocketPath":"/s","#
                + #""TransparentProxy":{"OutboundListenerPort":15001},"MutualTLSMode":"strict","#
                + #""AccessLogs":{"Enabled":true,"JSONFormat":"{}"},"EnvoyExtensions":["#
                + #"{"Name":"builtin/lua","Arguments":{"proxy_type":"connect-proxy"}}]}"#
        )
    }

    @Test(
        "definitions are checked with the API's texts and the block's place",
        arguments: [
            ("service { port = 1 }", "service \"\": Missing service name (a.hcl:1:9)"),
            (
                "service { name = \"a\" check { http = \"x\" } }",
                "service \"a\": Invalid check: Interval must be > 0 for Script, HTTP, H2PING, TCP, "
                    + "UDP or OSService checks (a.hcl:1:9)"
            ),
            (
                "check { name = \"c\" }",
                "check \"c\": Invalid check: TTL must be > 0 for TTL checks (a.hcl:1:7)"
            ),
            (
                "check { name = \"c\" ttl = \"5\" }",
                "check[c].ttl: invalid duration: \"5\": time: missing unit in duration \"5\""
            ),
            (
                "check { name = \"c\" args = [\"x\"] interval = \"1s\" }",
                "Scripts are disabled on this agent"
            ),
            (
                "check { name = \"c\" docker_container_id = \"x\" args = [\"y\"] interval = \"1s\" }",
                "Scripts are disabled on this agent"
            ),
            (
                "check { name = \"c\" docker_container_id = \"x\" interval = \"1s\" }",
                "check \"c\": Invalid check: TTL must be > 0 for TTL checks"
            ),
            (
                "check { name = \"c\" grpc = \"x:1\" }",
                "Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or OSService checks"
            ),
            (
                "service { name = \"a\" connect { sidecar_service { id = \"x\" } } }",
                "sidecar_service can't specify an ID"
            ),
            (
                "services { name = \"a\" }\nservices { nane = \"b\" }",
                "invalid config key services[1].nane (a.hcl:2:12; did you mean services[1].name?)"
            ),
        ]
    )
    func definitions(text: String, expected: String) {
        #expect(build(hcl: text).folded.contains(expected))
    }

    @Test("script checks in files need one of two switches")
    func scripts() {
        let check = "check { name = \"c\" args = [\"x\"] interval = \"1s\" }\n"
        #expect(build(hcl: check + "enable_script_checks = true").failure == "")
        let local = build(hcl: check + "enable_local_script_checks = true").configuration
        #expect(local?.checks.allowsLocalScripts == true)
        #expect(local?.checks.allowsRemoteScripts == false)
    }

    @Test("service IDs defined twice: the later one counts")
    func twice() {
        let outcome = build(
            hcl: "service { name = \"a\" port = 1 }",
            "service { name = \"a\" port = 2 }"
        )
        #expect(outcome.configuration?.serviceDefinitions.map(\.port) == [2])
        #expect(outcome.warnings.contains { $0.contains("defined twice") })
    }

    @Test("DNS settings")
    func dns() throws {
        let text = """
            domain = "Example.Org" alt_domain = "alt." zone_dirs = ["/z"]
            recursors = ["192.0.2.1:5353", "[2001:db8::1]:53", "system"]
            dns_config { node_ttl = "10s" service_ttl { "*" = "5s" Web = "1m" "api*" = "500ms" }
              soa { refresh = 1 retry = 2 expire = 3 min_ttl = 4 } only_passing = true
              udp_answer_limit = 7 recursor_strategy = "random" udp_max_size = 1232
              enable_additional_node_meta_txt = false }
            """
        let configuration = try #require(build(hcl: text).configuration)
        let dns = configuration.dns
        #expect(dns.domain == "example.org.")
        #expect(dns.alternateDomain == "alt.")
        #expect(dns.recursors == ["192.0.2.1:5353", "[2001:db8::1]:53", "system"])
        #expect(
            dns.serviceTTLs == ["*": .seconds(5), "web": .seconds(60), "api*": .milliseconds(500)]
        )
        #expect([dns.soaRefresh, dns.soaRetry, dns.soaExpire, dns.soaMinimumTTL] == [1, 2, 3, 4])
        #expect(dns.udpAnswerLimit == 7)
        #expect(dns.udpMaximumSize == 1232)
        #expect(dns.choosesRecursorsAtRandom)
        #expect(!dns.additionalNodeMetaTXT)
        #expect(configuration.zoneDirectories == ["/z"])
    }

    @Test(
        "values that are refused",
        arguments: [
            ("dns_config { udp_answer_limit = -1 }", "dns_config.udp_answer_limit cannot be -1."),
            (
                "dns_config { soa { refresh = -1 } }",
                "cannot parse 'dns_config.soa.refresh', -1 overflows uint"
            ),
            (
                "dns_config { node_ttl = \"10\" }",
                "dns_config.node_ttl: invalid duration: \"10\": time: missing unit in duration \"10\" "
                    + "(a.hcl:1:25; write a unit: \"10s\")"
            ),
            (
                "dns_config { service_ttl { web = \"x\" } }",
                "dns_config.service_ttl[\"web\"]: invalid duration: \"x\": time: invalid duration \"x\""
            ),
            (
                "dns_config { recursor_strategy = \"x\" }",
                "dns_config.recursor_strategy: invalid strategy: \"x\""
            ),
            (
                "alt_domain = \"service.x\"",
                "alt_domain cannot start with {service,connect,node,query,addr,dc1}"
            ),
            ("alt_domain = \"dc1.x\"", "alt_domain cannot start with"),
            (
                "datacenter = \"a.b\"",
                "datacenter can only contain lowercase alphanumeric, - or _ characters. received: \"a.b\""
            ),
            ("datacenter = \"\"", "datacenter cannot be empty"),
            (
                "node_meta { a = 1 }",
                "'node_meta[a]' expected type 'string', got unconvertible type 'int', value: '1'"
            ),
            (
                "node_meta { \"consul-x\" = \"1\" }",
                "node_meta invalid: Couldn't load metadata pair"
            ),
            ("addresses { dns = \"unix:///x\" }", "DNS address cannot be a unix socket"),
            ("ports { dns = 8500 }", "HTTP address 127.0.0.1:8500 already configured for DNS"),
            ("check_output_max_size = 0", "check_output_max_size must be positive, to discard"),
            ("client_addr = \"{{ GetPrivateIP }}\"", "client_addr: error parsing"),
            ("client_addr = \"nope\"", "client_addr: invalid ip address: nope"),
            ("advertise_addr = \"0.0.0.0\"", "Advertise address cannot be 0.0.0.0, :: or [::]"),
            (
                "advertise_addr = \"192.0.2.1 192.0.2.2\"",
                "advertise_addr: multiple addresses found:"
            ),
            (
                "http_config { allow_write_http_from = [\"127.0.0.1\"] }",
                "http_config.allow_write_http_from: invalid cidr: invalid CIDR address: 127.0.0.1"
            ),
            (
                "log_level = \"loud\"",
                "Invalid log level: loud. Valid log levels are: [TRACE DEBUG INFO WARN ERROR]"
            ),
            (
                "raft_protocol = 1",
                "raft_protocol version 1 is not supported by this version of Consul"
            ),
            ("node_id = \"x\"", "node_id specified as \"x\" is not a valid UUID"),
            (
                "server = true bootstrap = true bootstrap_expect = 3",
                "'bootstrap_expect > 0' and 'bootstrap = true' are mutually exclusive"
            ),
            ("bootstrap_expect = 3", "'bootstrap_expect > 0' requires 'server = true'"),
            ("http = 8500", "invalid config key http (a.hcl:1:1; did you mean ports.http?)"),
            ("datacentre = \"x\"", "did you mean datacenter?"),
            ("ports = 5", "'ports' expected a map, got 'int'"),
            (
                "server = true SERVER = false",
                "invalid config key SERVER (a.hcl:1:15; it is written twice)"
            ),
        ]
    )
    func refused(text: String, expected: String) {
        #expect(build(hcl: text).folded.contains(expected))
    }

    @Test(
        "values of our own DNS keys that are refused, with place and remedy",
        arguments: [
            (
                "dns_config { reverse_ttl = \"-5s\" }",
                "dns_config.reverse_ttl cannot be -5s. Must be between 0s and 2147483647s "
                    + "(a.hcl:1:28; write 0s for answers that nobody keeps, or a time such as 30s)"
            ),
            (
                "dns_config { service_ttl { web = \"2000000h\" } }",
                "dns_config.service_ttl[\"web\"] cannot be 2000000h0m0s. Must be between 0s and "
                    + "2147483647s (a.hcl:1:34; write 0s for answers that nobody keeps, or a time "
                    + "such as 30s)"
            ),
            (
                "dns_config { node_ttl = \"-1s\" }",
                "dns_config.node_ttl cannot be -1s. Must be between 0s and 2147483647s (a.hcl:1:25"
            ),
            (
                "dns_config { recursor_timeout = \"0s\" }",
                "dns_config.recursor_timeout cannot be 0s: no recursor answers so fast (a.hcl:1:33; "
                    + "write how long one recursor may take, such as 2s)"
            ),
            (
                "dns_config { reverse_zones = [\"10.0.0.0/8\", \"192.0.2.7/24\"] }",
                "dns_config.reverse_zones: \"192.0.2.7/24\" has bits behind its length "
                    + "(a.hcl:1:45; write 192.0.2.0/24)"
            ),
            (
                "dns_config { reverse_zones = [\"2001:db8:1234::/36\"] }",
                "(a.hcl:1:31; write 2001:db8:1000::/36)"
            ),
            (
                "dns_config { reverse_zones = [\"10.0.0.0/9\"] }",
                "\"10.0.0.0/9\" is no prefix of whole labels (a.hcl:1:31; write an IPv4 prefix of"
            ),
            (
                "dns_config { protect_threshold { \"we*b\" = \"0.5\" } }",
                "dns_config.protect_threshold[\"we*b\"]: is neither a service's name nor a prefix "
                    + "of one (a.hcl:1:34; write a name, a prefix with * at its end, or * for all"
            ),
            (
                "dns_config { protect_threshold { \"**\" = \"0.5\" } }",
                "is neither a service's name nor a prefix of one"
            ),
            (
                "dns_config { protect_threshold { web = \"0.5\" Web = \"0.1\" } }",
                "dns_config.protect_threshold[\"Web\"]: is written twice, as \"web\" at a.hcl:1:34 "
                    + "too (a.hcl:1:46; names of services match without regard to case: leave one)"
            ),
            (
                "dns_config { protect_threshold { web = \"30%\" } }",
                "dns_config.protect_threshold[\"web\"]: \"30%\" is no share. Must be between 0 and 1 "
                    + "(a.hcl:1:40; for 30 percent write \"0.3\")"
            ),
            (
                "dns_config { protect_threshold { web = \"nan\" } }",
                "(a.hcl:1:40; write a share such as \"0.3\")"
            ),
            (
                "dns_config { response_rate_limit = -1 }",
                "dns_config.response_rate_limit cannot be -1. Must be between 0 and 1000000 (a.hcl:"
                    + "1:36; write how many replies a second one client network may have, or 0 for no "
                    + "limit)"
            ),
            (
                "dns_config { response_rate_slip = 11 }",
                "dns_config.response_rate_slip cannot be 11. Must be between 0 and 10 (a.hcl:1:35; "
                    + "write 2 to truncate every second reply over the limit, 1 for all, 0 for none)"
            ),
            (
                "dns_config { response_rate_exempt = [\"10.0.0.1\"] }",
                "dns_config.response_rate_exempt: invalid cidr: invalid CIDR address: 10.0.0.1 "
                    + "(a.hcl:1:37; write 10.0.0.1/32 or /128)"
            ),
        ]
    )
    func refusedWishes(text: String, expected: String) {
        #expect(build(hcl: text).folded.contains(expected))
    }

    @Test("our own DNS keys that are taken")
    func wishes() throws {
        let text = """
            dns_config { reverse_ttl = "30s" reverse_zones = ["10.0.0.0/8", "::/4", "10.1.2.3/32"]
              protect_threshold { Web = "0.5" "db*" = "1" "*" = "0" }
              response_rate_limit = 50 response_rate_slip = 0
              response_rate_exempt = ["10.0.0.0/8", "2001:db8::/32"] }
            """
        let before = try #require(build(hcl: "").configuration)
        #expect(before.dns.responseRateLimit == 0 && before.dns.responseRateSlip == 2)
        let after = try #require(build(hcl: text).configuration)
        #expect(after.keysNeedingRestart(comparedTo: before).isEmpty)
        let dns = try #require(build(hcl: text).configuration).dns
        #expect(dns.reverseTTL == .seconds(30))
        #expect(dns.reverseZones == ["10.0.0.0/8", "::/4", "10.1.2.3/32"])
        #expect(dns.protectThresholds == ["web": 0.5, "db*": 1, "*": 0])
        #expect(dns.responseRateLimit == 50 && dns.responseRateSlip == 0)
        #expect(dns.responseRateExempt == ["10.0.0.0/8", "2001:db8::/32"])
    }

    @Test(
        "the bind address",
        arguments: [
            ("-bind=", "bind_addr cannot be empty"),
            (
                "-bind=127.0.0.1 127.0.0.2",
                "bind_addr cannot contain multiple addresses. Use 'addresses.{dns,http,https}' instead."
            ),
            ("-bind=unix:///x", "bind_addr cannot be a unix socket"),
            ("-bind=x", "bind_addr: invalid ip address: x (flag -bind)"),
        ]
    )
    func bind(flag: String, expected: String) {
        #expect(build([], flags: ["-data-dir=/d", flag]).folded.contains(expected))
    }

    @Test("the advertise address follows from the bind address and the host")
    func advertise() {
        func advertised(_ addresses: [String]) -> Outcome {
            build(
                [],
                flags: ["-data-dir=/d"],
                host: HostFacts(hostName: "h", privateIPv4: addresses)
            )
        }
        #expect(advertised(["10.0.0.5"]).configuration?.network.advertiseAddress == "10.0.0.5")
        #expect(advertised([]).folded.contains("No private IPv4 address found"))
        #expect(
            advertised(["10.0.0.5", "10.0.0.6"]).folded.contains(
                "Multiple private IPv4 addresses found. Please configure one with 'bind' and/or "
                    + "'advertise'."
            )
        )
        #expect(
            build(
                [],
                flags: ["-data-dir=/d", "-advertise=192.0.2.9"],
                host: HostFacts(hostName: "h")
            )
            .configuration?.network.advertiseAddressWAN == "192.0.2.9"
        )
    }

    @Test("listeners take several addresses, brackets and unix sockets")
    func listeners() throws {
        let configuration = try #require(
            build(
                hcl:
                    "client_addr = \"127.0.0.1 [::1]\" addresses { http = \"unix:///s 127.0.0.2\" }"
                    + "ports { dns = -1 }"
            ).configuration
        )
        #expect(configuration.network.http.map(\.description) == ["unix:///s", "127.0.0.2:8500"])
        #expect(configuration.network.dns.isEmpty)
        #expect(configuration.network.clientAddresses == ["127.0.0.1", "::1"])
    }

    @Test("deprecated keys warn, move, and never override their successor in one source")
    func deprecated() {
        let moved = build(hcl: "acl_datacenter = \"Main\"")
        #expect(moved.configuration?.identity.primaryDatacenter == "main")
        #expect(
            moved.warnings.contains {
                $0.hasPrefix(
                    "The 'acl_datacenter' field is deprecated. Use the 'primary_datacenter' field "
                        + "instead."
                )
            }
        )
        let both = build(hcl: "acl_datacenter = \"a\" primary_datacenter = \"b\"")
        #expect(both.configuration?.identity.primaryDatacenter == "b")
        let later = build(hcl: "primary_datacenter = \"b\"", "acl_datacenter = \"a\"")
        #expect(later.configuration?.identity.primaryDatacenter == "a")
    }

    @Test("keys without effect are said once, with their place and what that means")
    func pending() {
        let outcome = build(hcl: "acl { enabled = true }", "acl { enabled = true }")
        let said = outcome.warnings.filter { $0.contains("\"acl.enabled\"") }
        #expect(
            said == [
                "config key \"acl.enabled\" is known but has no effect yet: everybody who reaches "
                    + "the agent may read and write (a.hcl:1:7)"
            ]
        )
        #expect(build(hcl: "acl { enabled = false }").warnings.isEmpty)
        #expect(
            build(hcl: "segment = \"x\"").warnings
                == [
                    "config key \"segment\" needs Consul Enterprise and has no effect here (a.hcl:1:1)"
                ]
        )
    }

    @Test("everything wrong is said at once")
    func several() {
        let outcome = build(hcl: "ports { http = 70000 }\ncheck_output_max_size = 0")
        #expect(outcome.folded.hasPrefix("2 errors occurred: * ports.http: invalid port: 70000"))
    }

    @Test("an empty file is skipped, a JSON file of blanks is not")
    func empty() {
        #expect(build(hcl: "").failure == "")
        #expect(build(json: "").failure == "")
        #expect(build(json: " \n").folded.contains("unexpected end of JSON input"))
        #expect(build(json: "[]").folded.contains("json: cannot unmarshal array into Go value"))
    }

    @Test("effective settings name their origin; a restart is needed for what reload leaves alone")
    func effective() throws {
        let before = try #require(
            build(hcl: "log_level = \"warn\"\nports { dns = 8601 }").configuration
        )
        let port = before.effective.first { $0.key == "ports.dns" }
        #expect(port?.value == "8601")
        #expect(port?.origin?.description == "a.hcl:2:15")
        #expect(before.effective.first { $0.key == "ports.http" }?.origin == nil)
        let after = try #require(build(hcl: "log_level = \"info\" domain = \"x\"").configuration)
        #expect(after.keysNeedingRestart(comparedTo: before) == ["ports.dns", "domain"])
    }

    @Test(
        "limits of writes that the log could not keep are refused",
        arguments: ["kv_max_value_size", "txn_max_req_len"]
    )
    func writeLimits(key: String) throws {
        let outcome = build(hcl: "limits { \(key) = 7340033 }")
        #expect(
            outcome.folded.contains(
                "limits.\(key) cannot be 7340033: a write must fit into the log, which takes 7340032"
            )
        )
        #expect(build(hcl: "limits { \(key) = 7340032 }").configuration != nil)
    }

    @Test("a restart is needed for keys that come or go, too, unless they say nothing")
    func removedKeys() throws {
        let plain = try #require(build(hcl: "").configuration)
        for (text, keys) in [
            (
                "http_config { allow_write_http_from = [\"10.0.0.0/8\"] }",
                ["http_config.allow_write_http_from"]
            ),
            ("http_config { allow_write_http_from = [] }", []),
            ("pid_file = \"/tmp/x\"", ["pid_file"]),
            ("pid_file = \"\"", []),
            ("log_level = \"warn\" recursors = [\"10.0.0.1\"]", []),
        ] {
            let written = try #require(build(hcl: text).configuration)
            #expect(plain.keysNeedingRestart(comparedTo: written) == keys, "\(text) removed")
            #expect(written.keysNeedingRestart(comparedTo: plain) == keys, "\(text) added")
        }
    }

    @Test("an address that cannot be advertised is said once")
    func advertisedOnce() {
        for (text, count) in [
            ("advertise_addr = \"0.0.0.0\"", 1), ("advertise_addr_wan = \"0.0.0.0\"", 1),
            ("advertise_addr = \"0.0.0.0\" advertise_addr_wan = \"::\"", 2),
        ] {
            let said = build(hcl: text).folded.ranges(of: "Advertise address cannot be")
            #expect(said.count == count, "\(text)")
        }
    }

    @Test("files of services")
    func servicesFile() throws {
        let source = ConfigurationSource(
            name: "s.hcl",
            format: .hcl,
            text: "services { name = \"a\" }\nservice { name = \"b\" }"
        )
        let more = ConfigurationSource(
            name: "agent.json",
            format: .json,
            text: """
                {"datacenter": "x", "client_addr": "{{ GetPrivateIP }}", "server": false,
                 "service": {"name": "c", "namespace": "x"}}
                """
        )
        // Whatever else an agent's files hold is read and left alone.
        let read = try ConfigurationBuilder.readServices([source, more])
        #expect(read.services.map(\.name) == ["a", "b", "c"])
        #expect(read.warnings.count == 1 && read.warnings[0].contains("namespace"))
        let wrong = ConfigurationSource(name: "s.hcl", format: .hcl, text: "node_nam = \"a\"")
        let error = #expect(throws: ConfigurationError.self) {
            try ConfigurationBuilder.readServices([wrong])
        }
        #expect(error?.message.contains("did you mean node_name?") == true)
    }
}
