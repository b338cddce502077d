// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Testing

@Suite("Configuration of HTTPS and of limits")
struct HTTPSConfigurationTests {
    @Test("tls.https goes before tls.defaults, key by key")
    func https() throws {
        let outcome = build(
            hcl: """
                ports { https = 8501 }
                tls {
                  defaults { cert_file = "d.pem" key_file = "d-key.pem" verify_incoming = true
                    ca_path = "/etc/ca" tls_min_version = "TLSv1_3" }
                  https { cert_file = "h.pem" verify_incoming = false
                    tls_cipher_suites = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305" }
                }
                limits { https_handshake_timeout = "2s" }
                """
        )
        let http = try #require(outcome.configuration).http
        let https = try #require(http.https)
        #expect(outcome.warnings == [])
        #expect(https.certificate.path == "h.pem")
        #expect(https.certificate.setting == "tls.https.cert_file")
        #expect(https.key.path == "d-key.pem" && https.key.setting == "tls.defaults.key_file")
        #expect(https.authorityFile == nil && https.authorityDirectory?.path == "/etc/ca")
        #expect(!https.verifiesClients)
        #expect(https.minimumVersion == .tls13)
        #expect(https.cipherSuites == [0xC02F, 0xCCA8])
        #expect(http.handshakeTimeout == .seconds(2))
    }

    @Test("older spellings are read, with a warning each")
    func older() throws {
        let outcome = build(
            hcl: """
                ports { https = 8501 }
                cert_file = "c.pem" key_file = "k.pem" ca_file = "a.pem" verify_incoming_https = true
                tls_min_version = "tls11"
                """
        )
        let https = try #require(outcome.configuration?.http.https)
        #expect(https.certificate.path == "c.pem" && https.key.path == "k.pem")
        #expect(https.authorityFile?.path == "a.pem" && https.verifiesClients)
        #expect(https.minimumVersion == .tls11)
        #expect(outcome.warnings.count == 5)
    }

    @Test(
        "what HTTPS lacks is said with its key",
        arguments: [
            ("", "there is no tls.https.cert_file and no tls.https.key_file"),
            ("tls { https { cert_file = \"c\" } }", "there is no tls.https.key_file"),
            (
                "tls { defaults { cert_file = \"c\" key_file = \"k\" verify_incoming = true } }",
                "verify_incoming set, and no CA certificate provided!"
            ),
            (
                "tls { https { tls_min_version = \"SSLv3\" } }",
                "tls.https.tls_min_version: value SSLv3 not supported"
            ),
            (
                "tls { defaults { tls_cipher_suites = \"RC4\" } }",
                "tls.defaults.tls_cipher_suites: unsupported cipher \"RC4\""
            ),
        ]
    )
    func lacking(text: String, expected: String) {
        let outcome = build(hcl: "ports { https = 8501 } " + text)
        #expect(outcome.configuration == nil)
        #expect(outcome.folded.contains(expected), "\(outcome.folded)")
    }

    @Test("without a port of HTTPS its certificates are not asked for")
    func off() throws {
        let outcome = build(hcl: "tls { https { verify_incoming = true } }")
        #expect(try #require(outcome.configuration).http.https == nil)
    }

    @Test("request limits, hosts and origins")
    func limits() throws {
        let outcome = build(
            hcl: """
                limits { request_limits { mode = "enforcing" read_rate = 500 write_rate = 2.5 } }
                http_config { allowed_hosts = ["a.example"] allowed_origins = ["https://b.example"] }
                """
        )
        let http = try #require(outcome.configuration).http
        #expect(outcome.warnings == [])
        #expect(http.requestLimits.mode == .enforcing)
        #expect(http.requestLimits.readRate == 500 && http.requestLimits.writeRate == 2.5)
        #expect(http.allowedHosts == ["a.example"])
        #expect(http.allowedOrigins == ["https://b.example"])
        let wrong = build(hcl: "limits { request_limits { mode = \"on\" } }")
        #expect(wrong.folded.contains("limits.request_limits.mode: \"on\" is not a valid mode"))
    }
}
