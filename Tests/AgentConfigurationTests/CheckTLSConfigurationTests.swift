// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Testing

@Suite("The agent's TLS in checks")
struct CheckTLSConfigurationTests {
    @Test("is off unless it is switched on, whatever files there are")
    func off() throws {
        let outcome = build(hcl: "tls { defaults { ca_file = \"a.pem\" } }")
        let configuration = try #require(outcome.configuration)
        #expect(configuration.checks.agentTLS == nil)
        // Nobody is to believe that the file protects anything.
        #expect(outcome.warnings.contains { $0.contains("that nothing uses") })
    }

    @Test("takes files of internal_rpc, then of defaults, then of the older keys")
    func files() throws {
        let text = """
            enable_agent_tls_for_checks = true
            tls { defaults { ca_file = "a.pem" cert_file = "c.pem" }
                  internal_rpc { ca_file = "b.pem" key_file = "c.key" } }
            ca_path = "authorities"
            """
        let outcome = build(hcl: text)
        let tls = try #require(outcome.configuration?.checks.agentTLS)
        #expect(tls.caFile == "b.pem")
        #expect(tls.caPath == "authorities")
        #expect(tls.certFile == "c.pem")
        #expect(tls.keyFile == "c.key")
        #expect(!outcome.warnings.contains { $0.contains("has no effect yet") })
    }

    @Test("needs certificate and key together")
    func halfPair() {
        let text = """
            enable_agent_tls_for_checks = true
            tls { defaults { cert_file = "c.pem" } }
            """
        let failure = build(hcl: text).failure
        #expect(failure.contains("needs cert_file and key_file together"), "\(failure)")
    }
}
