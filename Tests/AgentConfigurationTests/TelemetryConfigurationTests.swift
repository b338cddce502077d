// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Testing

@Suite("Configuration of telemetry")
struct TelemetryConfigurationTests {
    @Test("nothing is sent and Prometheus is off without a word")
    func defaults() throws {
        var expected = TelemetryConfiguration()
        let telemetry = try #require(build(hcl: "").configuration).telemetry
        expected.hostName = telemetry.hostName
        #expect(telemetry == expected)
        #expect(telemetry.prefix == "consul")
        #expect(!telemetry.hostName.isEmpty)
    }

    @Test("every key")
    func keys() throws {
        let outcome = build(
            hcl: """
                telemetry { metrics_prefix = "wp" prometheus_retention_time = "60s" disable_hostname = true
                  prefix_filter = ["+wp.raft", "-wp"] filter_default = false
                  statsd_address = "127.0.0.1:9125" dogstatsd_addr = "[::1]:8126" dogstatsd_tags = ["env:prod"] }
                """
        )
        let telemetry = try #require(outcome.configuration).telemetry
        #expect(outcome.warnings.isEmpty)
        #expect(telemetry.prefix == "wp")
        #expect(telemetry.prometheusRetention == .seconds(60))
        #expect(telemetry.disablesHostName && !telemetry.keepsByDefault)
        #expect(telemetry.filters == ["+wp.raft", "-wp"])
        #expect(telemetry.statsd?.host == "127.0.0.1" && telemetry.statsd?.port == 9125)
        #expect(telemetry.dogstatsd?.host == "::1" && telemetry.dogstatsd?.port == 8126)
        #expect(telemetry.dogstatsdTags == ["env:prod"])
    }

    @Test(
        "a server without a port has statsd's",
        arguments: [
            ("metrics.example", "metrics.example"), ("::1", "::1"), ("10.0.0.1", "10.0.0.1"),
        ]
    )
    func defaultPort(text: String, host: String) throws {
        let outcome = build(hcl: "telemetry { statsd_address = \"\(text)\" }")
        let server = try #require(outcome.configuration?.telemetry.statsd)
        #expect(server.host == host && server.port == 8125)
    }

    @Test(
        "addresses that are none are refused with their key",
        arguments: ["h:0", "h:x", ":1", "h:70000"]
    )
    func badAddress(text: String) {
        let outcome = build(hcl: "telemetry { dogstatsd_addr = \"\(text)\" }")
        #expect(outcome.configuration == nil)
        #expect(outcome.folded.contains("telemetry.dogstatsd_addr: '\(text)' is no address"))
    }

    @Test("filters without a sign are left out with a warning, as Consul does")
    func badFilters() throws {
        let outcome = build(hcl: "telemetry { prefix_filter = [\"consul\", \"\", \"+a\"] }")
        #expect(try #require(outcome.configuration).telemetry.filters == ["+a"])
        #expect(
            outcome.warnings == [
                "Filter rule must begin with either '+' or '-': \"consul\"",
                "Cannot have empty filter rule in prefix_filter",
            ]
        )
    }

    @Test("filters are taken up by a reload, the rest by a restart")
    func reload() throws {
        let before = try #require(build(hcl: "").configuration)
        let after = try #require(
            build(
                hcl:
                    "telemetry { metrics_prefix = \"x\" prefix_filter = [\"-x\"] filter_default = false }"
            ).configuration
        )
        #expect(after.keysNeedingRestart(comparedTo: before) == ["telemetry.metrics_prefix"])
    }
}
