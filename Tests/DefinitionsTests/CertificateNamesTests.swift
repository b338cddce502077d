// SPDX-License-Identifier: Apache-2.0
import Definitions
import Testing

@Suite("For whom a certificate is")
struct CertificateNamesTests {
    let names = CertificateNames(
        names: ["server.dc1.consul", "*.Example.org", "w*.example.net", "a.*.example.net", "."],
        addresses: [[127, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]]
    )

    @Test(
        "for its names and its addresses",
        arguments: [
            "server.dc1.consul", "SERVER.dc1.Consul.", "web.example.org", "127.0.0.1", "::1",
            "[::1]",
        ]
    )
    func own(host: String) { #expect(names.cover(host)) }

    @Test(
        "for nobody else",
        arguments: [
            "wrong.example", "dc1.consul", "a.server.dc1.consul", "example.org", "a.b.example.org",
            "web.example.net", "a.b.example.net", "127.0.0.2", "::2", "", ".", "*",
        ]
    )
    func others(host: String) { #expect(!names.cover(host)) }
}
