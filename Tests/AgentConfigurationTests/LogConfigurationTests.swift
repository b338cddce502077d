// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Testing

@Suite("Configuration of logs")
struct LogConfigurationTests {
    @Test("every key of the agent's log has an effect, and none warns")
    func keys() throws {
        let outcome = build(
            hcl: """
                log_level = "err" log_json = true log_file = "/var/log/waypost/" log_rotate_bytes = 1000
                log_rotate_duration = "1h" log_rotate_max_files = -1
                enable_syslog = true syslog_facility = "Local3"
                """
        )
        let log = try #require(outcome.configuration).log
        #expect(outcome.warnings.isEmpty)
        #expect(log.level == .error && log.isJSON && log.file == "/var/log/waypost/")
        #expect(log.rotateBytes == 1000 && log.rotateInterval == .seconds(3600))
        #expect(log.rotateMaximumFiles == -1)
        #expect(log.isSyslogEnabled && log.syslogFacility == .local3)
        #expect(log.syslogFacility.code == 19)
    }

    @Test("a rotation time of zero is a day, as in Consul")
    func day() throws {
        let log = try #require(build(hcl: "log_rotate_duration = \"0s\"").configuration).log
        #expect(log.rotateInterval == .seconds(86400))
    }

    @Test("the query log is off, and every key of it is read")
    func queryLog() throws {
        let dns = try #require(build(hcl: "").configuration).dns
        #expect(dns.queryLog == QueryLogConfiguration() && dns.countsTop)
        let outcome = build(
            hcl: """
                dns_config { top = false query_log { enabled = true path = "/q.log" format = "json"
                  sample_rate = 0.01 failures = true slower_than = "5ms" } }
                """
        )
        let set = try #require(outcome.configuration).dns
        #expect(outcome.warnings.isEmpty && !set.countsTop)
        #expect(set.queryLog.isEnabled && set.queryLog.path == "/q.log" && set.queryLog.isJSON)
        #expect(set.queryLog.sampleRate == 0.01 && set.queryLog.logsFailures)
        #expect(set.queryLog.slowerThan == .milliseconds(5))
    }

    @Test(
        "what cannot be is refused with its key",
        arguments: [
            ("enable_syslog = true syslog_facility = \"x\"", "invalid syslog facility: x"),
            ("log_rotate_bytes = -1", "log_rotate_bytes cannot be -1"),
            ("log_rotate_duration = \"-1s\"", "log_rotate_duration cannot be negative"),
            (
                "dns_config { query_log { sample_rate = 2 } }",
                "dns_config.query_log.sample_rate cannot be 2"
            ),
            (
                "dns_config { query_log { format = \"xml\" } }",
                "dns_config.query_log.format: \"xml\""
            ),
            ("dns_config { query_log { path = \"\" } }", "dns_config.query_log.path is empty"),
            (
                "dns_config { query_log { slower_than = \"-1s\" } }",
                "slower_than cannot be negative"
            ),
        ]
    )
    func refused(text: String, message: String) {
        let outcome = build(hcl: text)
        #expect(outcome.failure.contains(message), "\(outcome.failure)")
    }
}
