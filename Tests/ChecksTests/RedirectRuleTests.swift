// SPDX-License-Identifier: Apache-2.0
import Checks
import Testing

@Suite("Where redirects may lead a check")
struct RedirectRuleTests {
    @Test("the method and the body go on as with Go's client")
    func steps() {
        for status in [301, 302, 303] {
            let post = RedirectRule.step(after: status, method: "POST")
            #expect(post == RedirectRule.Step(method: "GET", keepsBody: false))
            #expect(RedirectRule.step(after: status, method: "HEAD")?.method == "HEAD")
        }
        for status in [307, 308] {
            let put = RedirectRule.step(after: status, method: "PUT")
            #expect(put == RedirectRule.Step(method: "PUT", keepsBody: true))
        }
        for status in [200, 300, 304, 305, 400] {
            #expect(RedirectRule.step(after: status, method: "GET") == nil)
        }
    }

    @Test(
        "link-local addresses are known in every spelling",
        arguments: [
            "169.254.169.254", "169.254.0.1", "fe80::1", "febf::1", "FE80::1%eth0",
            "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe",
        ]
    )
    func linkLocal(address: String) { #expect(RedirectRule.isLinkLocal(address)) }

    @Test(
        "other addresses are not",
        arguments: [
            "127.0.0.1", "10.0.0.1", "169.253.1.1", "1.169.254.1", "::1", "fec0::1", "fe8::1",
            "2001:db8::fe80", "fd00::1", "64:ff9b::7f00:1", "",
        ]
    )
    func others(address: String) { #expect(!RedirectRule.isLinkLocal(address)) }

    @Test("credentials stay with the host and what is below it")
    func credentials() {
        #expect(RedirectRule.keepsCredentials(from: "a.example", to: "a.example"))
        #expect(RedirectRule.keepsCredentials(from: "a.example", to: "b.a.example"))
        #expect(!RedirectRule.keepsCredentials(from: "a.example", to: "ba.example"))
        #expect(!RedirectRule.keepsCredentials(from: "b.a.example", to: "a.example"))
    }
}
