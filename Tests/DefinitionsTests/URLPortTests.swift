// SPDX-License-Identifier: Apache-2.0
import Definitions
import Testing

@Suite("Ports of URLs")
struct URLPortTests {
    @Test(
        "stand behind the last colon of the authority, outside of brackets",
        arguments: [
            ("http://h:80/a:1", "80"), ("h:80", "80"), ("http://h/", ""), ("http://[::1]/", ""),
            ("http://[::1]:7?a=b:2", "7"), ("http://u:p@h", ""),
            ("https://u:p@h:99999#x:1", "99999"),
            ("unix:///a:b", ""), ("", ""),
        ]
    )
    func texts(url: String, port: String) { #expect(URLPort.text(in: url) == port) }

    @Test(
        "are numbers of 16 bits",
        arguments: [
            ("http://h:65535", true), ("http://h:", true), ("http://h:0", true), ("h:65536", false),
            ("h:-1", false), ("h:+1", false), ("h:abc", false), ("h:99999999999999999999", false),
            ("http://u:99999@h:80/", true), ("http://h:80\\x", false),
        ]
    )
    func validity(url: String, isValid: Bool) { #expect(URLPort.isValid(in: url) == isValid) }
}
