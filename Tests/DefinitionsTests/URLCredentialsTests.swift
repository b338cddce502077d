// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Definitions

@Suite("Credentials within URLs")
struct URLCredentialsTests {
    @Test(
        "are Basic credentials, without percent escapes",
        arguments: [
            ("http://u:p@127.0.0.1:80/auth", "Basic dTpw"),
            ("https://Aladdin:open%20sesame@h", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ("http://u@h/", "Basic dTo="),
            ("http://:secret@h?x=@y", "Basic OnNlY3JldA=="),
            ("http://a%40b:c%3Ad%c3%bc@h/", "Basic YUBiOmM6ZMO8"),
        ]
    )
    func basic(url: String, value: String) {
        #expect(URLCredentials(url: url)?.authorization == value)
    }

    @Test("stand before the host only")
    func none() {
        for url in ["http://h/a@b", "http://h?a:b@c", "http://h#@", "u:p@h", "", "http://h"] {
            #expect(URLCredentials(url: url) == nil, "\(url)")
        }
    }

    @Test("have no password where a URL is shown")
    func shown() {
        for (url, text) in [
            ("http://u:p@h/u:p@", "http://u:***@h/u:p@"), ("http://u:@h", "http://u:***@h"),
            ("http://u@h/", "http://u@h/"), ("http://h/", "http://h/"),
        ] {
            #expect(URLCredentials.hidingPassword(in: url) == text)
        }
    }
}
