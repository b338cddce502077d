// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import Testing

@Suite("Where checks that come over HTTP may not reach")
struct ProbeTargetTests {
    private func refusal(_ url: String) -> String? {
        var definition = CheckDefinition()
        definition.http = url
        return ProbeTarget.refusal(definition)
    }

    @Test(
        "SEC-09 metadata and link-local addresses, however they are written",
        arguments: [
            "http://169.254.169.254/latest", "HTTP://169.254.1.1:80", "http://a@169.254.169.254/",
            "http://2852039166/", "http://0xa9fea9fe/", "http://0251.0376.0251.0376/",
            "http://169.254.43518/", "http://[fe80::1]:80/", "http://[FEBF::1%25eth0]/",
            "http://[::ffff:169.254.169.254]/", "http://[::ffff:a9fe:a9fe]/",
            "http://[0:0:0:0:0:ffff:a9fe:0001]/", "http://[64:ff9b::169.254.1.1]/",
            "http://[fd00:ec2::254]/", "https://metadata.google.internal./x", "http://metadata/",
        ]
    )
    func metadata(url: String) { #expect(refusal(url)?.contains("link-local") == true) }

    @Test(
        "SEC-09 other schemes",
        arguments: ["file:///etc/passwd", "gopher://127.0.0.1/", "//host/", "host:80", "ftp://a/"]
    )
    func schemes(url: String) { #expect(refusal(url)?.contains("http:// or https://") == true) }

    @Test(
        "SEC-09 an address behind a name, which a check of the API does not ask",
        arguments: [
            "169.254.169.254", "fe80::1", "febf::ffff", "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe", "fd00:ec2::254",
        ]
    )
    func resolved(address: String) throws {
        #expect(throws: ForbiddenAddress(address: address)) {
            try CheckOrigin.api.check([address])
        }
        #expect(throws: ForbiddenAddress(address: address)) {
            try CheckOrigin.api.check(["10.0.0.1", address])
        }
        try CheckOrigin.file.check([address])
        #expect(ForbiddenAddress(address: address).text.contains("leads to \(address), "))
    }

    @Test(
        "addresses behind a name that any check may ask",
        arguments: ["127.0.0.1", "10.0.0.1", "169.253.255.255", "::1", "fd00::1", "fec0::1"]
    )
    func resolvedElsewhere(address: String) throws { try CheckOrigin.api.check([address]) }

    @Test(
        "everything else",
        arguments: [
            "", "http://127.0.0.1:8080/", "https://web.example/169.254.169.254",
            "http://169.253.1.1/", "http://[fd00::1]/", "http://[::1]/", "http://10.0.0.1/",
            "http://web/", "http://1.2.3.4.5/", "http://fe80.example/",
        ]
    )
    func others(url: String) { #expect(refusal(url) == nil) }
}
