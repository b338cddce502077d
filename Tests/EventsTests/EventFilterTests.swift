// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Events

@Suite("Filters of events")
struct EventFilterTests {
    private static let services = [
        EventFilter.Service(name: "web", tags: ["v1", "blue"]),
        EventFilter.Service(name: "db", tags: []),
    ]

    @Test(
        "node, service and tag are regular expressions, matched anywhere",
        arguments: [
            ("", "", "", true), ("n1", "", "", true), ("^n1$", "", "", true), ("^1", "", "", false),
            ("n[12]", "", "", true), ("other", "", "", false), ("", "we", "", true),
            ("", "^e", "", false), ("", "web", "blu", true), ("", "db", "blue", false),
            ("", ".", "v[0-9]+", true), ("n1", "db", "", true), ("n2", "db", "", false),
            ("n1", "cache", "", false), ("(", "", "", false), ("", "db", "(", false),
        ]
    )
    func chooses(node: String, service: String, tag: String, isChosen: Bool) {
        let filter = EventFilter(node: node, service: service, tag: tag)
        #expect(filter.chooses(node: "n1", services: Self.services) == isChosen)
    }

    @Test("API-202 API-203 what is no filter is said in Consul's words")
    func problems() {
        #expect(EventFilter(node: "a|b", service: "x", tag: "y").problem == nil)
        #expect(
            EventFilter(tag: "x").problem == "Cannot provide tag filter without service filter"
        )
        for (filter, name) in [
            (EventFilter(node: "("), "node"), (EventFilter(service: "("), "service"),
            (EventFilter(service: "a", tag: "("), "tag"),
        ] {
            #expect(
                filter.problem
                    == "Invalid \(name) filter: error parsing regexp: missing closing ): `(`"
            )
        }
    }
}
