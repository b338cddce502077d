// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Testing
import WatchPlans

@Suite("Configuration of watches")
struct WatchConfigurationTests {
    private static func plan(
        _ type: String,
        _ change: (inout WatchParameters) -> Void
    ) -> WatchPlan? {
        var parameters = WatchParameters()
        parameters.type = type
        change(&parameters)
        return try? WatchPlan(parameters)
    }

    @Test("every key, in HCL and in JSON, and watches of several files together")
    func keys() throws {
        let hcl = """
            watches = [
              { type = "service" service = "web" tag = "v1" passingonly = true stale = true
                datacenter = "dc2" filter = "a == b" token = "t" args = ["/bin/reload", "-q"] },
              { type = "key" key = "a/b" handler_type = "script" handler = "cat > /tmp/x" },
            ]
            """
        let json = """
            {"watches": [{"type": "event", "name": "deploy", "handler_type": "http",
              "http_handler_config": {"path": "https://h/hook", "method": "PUT", "timeout": "3s",
                "header": {"X-A": ["1", "2"]}, "tls_skip_verify": true}}]}
            """
        let outcome = build(hcl: hcl)
        let watches = try #require(outcome.configuration).watches
        try #require(watches.count == 2)
        let service = Self.plan("service") {
            $0.service = "web"
            $0.tags = ["v1"]
            $0.passingOnly = true
            $0.isStale = true
            $0.datacenter = "dc2"
            $0.filter = "a == b"
        }
        #expect(watches[0].plan == service && watches[0].token == "t")
        #expect(watches[0].type == "service")
        #expect(watches[0].handler == .command(["/bin/reload", "-q"]))
        #expect(watches[1].plan == Self.plan("key") { $0.key = "a/b" })
        #expect(watches[1].handler == .shell("cat > /tmp/x") && watches[1].token.isEmpty)
        #expect(outcome.warnings.count == 1)
        #expect(
            outcome.warnings.first?.hasPrefix("The 'handler' field in watches has been") == true
        )
        let http = try #require(build(json: json).configuration).watches
        #expect(
            http.map(\.handler) == [
                .http(
                    HTTPWatchHandler(
                        url: "https://h/hook",
                        method: "PUT",
                        headers: ["X-A": ["1", "2"]],
                        timeout: .seconds(3),
                        skipsVerification: true
                    )
                )
            ]
        )
        let block = """
            watches { type = "checks" state = "critical" handler_type = "http"
              http_handler_config { path = "http://h/" } }
            """
        let more =
            "watches { type = \"service\" service = \"a\" tag = [\"x\", \"y\"] args = [\"b\"] }"
        let both = try #require(build(hcl: block, more).configuration).watches
        try #require(both.count == 2)
        #expect(both[0].handler == .http(HTTPWatchHandler(url: "http://h/")))
        #expect(both[1].plan.path(after: nil) == "/v1/health/service/a?tag=x&tag=y")
    }

    @Test("what is shown has neither tokens nor headers nor passwords")
    func secrets() throws {
        let hcl = """
            watches { type = "key" key = "a" token = "secret1" handler_type = "http"
              http_handler_config { path = "http://x:secret2@h/" header { "X-Auth" = ["secret3"] } } }
            watches { type = "nodes" token = "secret4" args = ["b"] }
            retry_join = ["provider=aws region=r secret_access_key=secret5 access_key_id=secret6", "h"]
            """
        let json = """
            {"watches": [{"type": "key", "key": "a", "token": "secret1", "handler_type": "http",
              "http_handler_config": {"path": "http://h/", "header": {"X-Auth": "secret3"}}}]}
            """
        for outcome in [build(hcl: hcl), build(json: json)] {
            let effective = try #require(outcome.configuration, "\(outcome.folded)").effective
            #expect(
                !effective.contains { $0.value.contains("secret") && $0.value.contains(/secret\d/) }
            )
            let watches = effective.first { $0.key == "watches" }?.value ?? ""
            #expect(watches.contains(#""hidden""#) && watches.contains("X-Auth"), "\(watches)")
        }
        let shown = try #require(build(hcl: hcl).configuration).effective
        let joins = shown.first { $0.key == "retry_join" }?.value ?? ""
        let first = "provider=aws region=r secret_access_key=hidden access_key_id=hidden"
        #expect(joins.contains(first) && joins.contains(#""h""#), "\(joins)")
        #expect(shown.first { $0.key == "watches" }?.value.contains("http://x:***@h/") == true)
    }

    @Test("a header need not be a list, and its values no texts")
    func headers() throws {
        let hcl = """
            watches { type = "nodes" handler_type = "http" http_handler_config {
              path = "http://h/" header { a = "b" c = [1, "d"] e = true f = 1.5 } } }
            """
        let json = """
            {"watches": [{"type": "nodes", "handler_type": "http", "http_handler_config":
              {"path": "http://h/", "header": {"a": "b", "c": [1, "d"], "e": true, "f": 1.5}}}]}
            """
        let headers = ["a": ["b"], "c": ["1", "d"], "e": ["1"], "f": ["1.5"]]
        for outcome in [build(hcl: hcl), build(json: json)] {
            let watches = try #require(outcome.configuration, "\(outcome.folded)").watches
            #expect(
                watches.first?.handler
                    == .http(HTTPWatchHandler(url: "http://h/", headers: headers))
            )
        }
        let wrong = build(hcl: hcl.replacing("\"b\"", with: "{ x = 1 }"))
        #expect(
            wrong.folded.contains(
                "'watches[0].http_handler_config.header[a]': source data must be an array or slice"
            ),
            "\(wrong.folded)"
        )
    }

    @Test(
        "what is wrong is said with its place",
        arguments: [
            (#"type = "nodes""#, "Must define a watch handler"),
            (#"type = "nodes" args = []"#, "Must define a watch handler"),
            (#"type = "nodes" args = ["a"] handler = "b""#, "Only one watch handler allowed"),
            (
                #"type = "nodes" args = ["a"] handler_type = "http""#,
                "Only one watch handler allowed"
            ),
            (#"type = "nodes" args = ["a"] handler_type = "x""#, "Handler type 'x' not recognized"),
            (
                #"type = "nodes" handler_type = "http""#,
                "Handler type 'http' requires 'http_handler_config' to be set"
            ),
            (
                #"type = "nodes" handler_type = "http" http_handler_config { method = "PUT" }"#,
                "Requires 'path' to be set"
            ),
            (
                #"type = "nodes" handler_type = "http" http_handler_config { path = "h/x" }"#,
                #"path "h/x" is no URL of HTTP"#
            ),
            (
                #"type = "nodes" handler_type = "http" http_handler_config { path = "http://u:p@h:65536/" }"#,
                #"path "http://u:***@h:65536/": invalid port "65536""#
            ),
            (#"args = ["a"]"#, "Watch type must be specified"),
            (#"type = "zz" args = ["a"]"#, "Unsupported watch type: zz"),
            (#"type = "key" args = ["a"]"#, "Must specify a single key to watch"),
            (
                #"type = "key" key = "a" prefix = "b" args = ["a"]"#,
                "Invalid parameters: [prefix]: a watch of type key takes key, stale"
            ),
            (
                #"type = "nodes" passingonly = false name = "" args = ["a"]"#,
                "Invalid parameters: [name passingonly]"
            ),
            (
                #"type = "nodes" args = ["a"] http_handler_config { path = "http://h/" }"#,
                "Invalid parameters: [http_handler_config]"
            ),
            (
                #"type = "service" service = "a" tag = 7 args = ["a"]"#,
                "tag must be a text or a list"
            ),
        ]
    )
    func mistakes(block: String, text: String) {
        let outcome = build(hcl: "node_name = \"a\"\nwatches { \(block) }")
        #expect(outcome.configuration == nil)
        #expect(outcome.folded.contains("watches[0]: \(text)"), "\(outcome.folded)")
        #expect(outcome.folded.contains("a.hcl:2:"))
    }

    @Test("a reload takes up every key")
    func reload() throws {
        let before = try #require(build(hcl: "").configuration)
        let after = try #require(
            build(hcl: "watches { type = \"nodes\" args = [\"a\"] }").configuration
        )
        #expect(after.keysNeedingRestart(comparedTo: before).isEmpty)
    }
}
