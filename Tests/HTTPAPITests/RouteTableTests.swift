// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Testing

@testable import HTTPAPI

@Suite("Which route a path leads to")
struct RouteTableTests {
    private static let table = RouteTable(
        ["/v1/a", "/v1/a/", "/v1/a/b/", "/v1/a/b/c/", "/v1/exact"].map { path in
            Route(.get, path: path) { _, _ throws(APIFailure) in APIReply() }
        }
    )

    @Test(
        "the longest path that fits; the rest is the argument",
        arguments: [
            ("/v1/a", "/v1/a", ""), ("/v1/a/", "/v1/a/", ""), ("/v1/a/x", "/v1/a/", "x"),
            ("/v1/a/x/y/z/w", "/v1/a/", "x/y/z/w"), ("/v1/a/b/x", "/v1/a/b/", "x"),
            ("/v1/a/b/c/d/e", "/v1/a/b/c/", "d/e"), ("/v1/a/bc/d", "/v1/a/", "bc/d"),
            ("/v1/exact", "/v1/exact", ""), ("/v1/a/\u{301}x", "/v1/a/", "\u{301}x"),
        ]
    )
    func matches(path: String, route: String, argument: String) {
        guard case .route(let found, let rest) = Self.table.match(path) else {
            Issue.record("\(path) leads nowhere")
            return
        }
        #expect(found.path == route)
        #expect(rest == argument)
    }

    @Test("a path without its final slash leads to the one with it; others lead nowhere")
    func redirects() {
        guard case .redirect("/v1/a/b/") = Self.table.match("/v1/a/b") else {
            Issue.record("no redirection")
            return
        }
        for path in ["/v1/exact/x", "/v2/a/x", "", "x", "/"] {
            guard case .none = Self.table.match(path) else {
                Issue.record("\(path) leads somewhere")
                return
            }
        }
    }

    @Test(
        "a target is a path and a query, as they were sent",
        arguments: [
            ("/a", "/a", nil), ("/a?", "/a", ""), ("/a?b=1", "/a", "b=1"),
            ("/a?b?c#d?e", "/a", "b?c"), ("/a#b?c", "/a", nil), ("/%3F?%3F", "/%3F", "%3F"),
            ("http://x/a?b", "/a", "b"),
        ] as [(String, String, String?)]
    )
    func splits(target: String, path: String, query: String?) {
        let parts = RequestPath.split(target)
        #expect(parts.path == path)
        #expect(parts.query == query)
    }
}
