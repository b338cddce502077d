// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Foundation
import Testing

@testable import Agent

@Suite("Looking at the files that a configuration names")
struct FileInspectionTests {
    private func configuration(_ directories: [String]) throws -> RuntimeConfiguration {
        let list = directories.map { "\"\($0)\"" }.joined(separator: ", ")
        return try configuration("zone_dirs = [\(list)]")
    }

    private func configuration(_ keys: String) throws -> RuntimeConfiguration {
        let source = ConfigurationSource(
            name: "a.hcl",
            format: .hcl,
            text: "data_dir = \"/d\"\n\(keys)"
        )
        return try ConfigurationBuilder.build(
            sources: [source],
            host: HostFacts(
                hostName: "h",
                privateIPv4: ["127.0.0.1"],
                publicIPv6: ["::1"]
            )
        ).0
    }

    @Test("a folder that is missing, a line that is wrong, a zone that gives way")
    func report() throws {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("waypost-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true
        )
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let head = "@ 60 IN SOA ns.example. a.example. 1 1 1 1 1\n@ 60 IN NS ns.example.\n"
        for (name, text) in [
            ("good.test", head), ("bad.test", head + "x 60 IN A nonsense\n"), ("consul", head),
        ] {
            try text.write(
                toFile: "\(directory)/\(name).zone",
                atomically: true,
                encoding: .utf8
            )
        }
        let (problems, warnings) = FileInspection.report(
            of: try configuration([directory, "/nonexistent/zones"])
        )
        #expect(problems.count == 2)
        #expect(problems.first?.hasPrefix("zone_dirs: \(directory)/bad.test.zone:3: ") == true)
        #expect(problems.last?.hasPrefix("zone_dirs: /nonexistent/zones: Cannot open") == true)
        #expect(warnings.count == 1)
        #expect(warnings.first?.hasPrefix("zone file \(directory)/consul.zone: ") == true)
    }

    @Test(
        "a file of TLS that cannot be used is named with its place, key and reason",
        arguments: [
            (
                #"ports { https = 8501 } tls { https { cert_file = "/no.pem" key_file = "/k" } }"#,
                "tls.https.cert_file: /no.pem: "
            ),
            (
                #"enable_agent_tls_for_checks = true tls { internal_rpc { ca_file = "/no.pem" } }"#,
                "enable_agent_tls_for_checks: ca_file: '/no.pem' holds no readable PEM certificates"
            ),
        ]
    )
    func tls(keys: String, text: String) throws {
        let report = FileInspection.report(of: try configuration(keys))
        #expect(report.problems.count == 1)
        #expect(report.problems.first?.contains(text) == true, "\(report.problems)")
        #expect(report.warnings == [])
    }

    @Test("files of TLS that nothing uses are not read")
    func unusedTLS() throws {
        let keys = #"tls { defaults { ca_file = "/no.pem" cert_file = "/no" key_file = "/no" } }"#
        let report = FileInspection.report(of: try configuration(keys))
        #expect(report.problems == [] && report.warnings == [])
    }
}
