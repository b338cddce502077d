// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Commands

@Suite("event")
struct EventCommandTests {
    private static let reply = """
        {"ID":"b54fe110-7af5-cafc-d1fb-afc8ba432b1c","Name":"x","Payload":null,"NodeFilter":"",
         "ServiceFilter":"","TagFilter":"","Version":1,"LTime":0}
        """

    @Test("CLI-035 CLI-036 an event has a name; its ID is told")
    func fires() async {
        let bare = await run("event")
        #expect(bare.code == 1 && bare.requests.isEmpty)
        #expect(bare.errors.hasPrefix("Event name must be specified\n\nUsage: waypost event"))
        let fired = await run(
            "event",
            "-name=x",
            "pay",
            replies: ["PUT /v1/event/fire/x": Self.reply]
        )
        #expect(fired.code == 0 && fired.errors.isEmpty)
        #expect(fired.output == "Event ID: b54fe110-7af5-cafc-d1fb-afc8ba432b1c\n")
        #expect(fired.requests == ["PUT /v1/event/fire/x pay"])
        let path = "/v1/event/fire/a%20b%2Fc?dc=dc2&node=%5En&service=web&tag=v1"
        let filtered = await run(
            ["event", "-name", "a b/c", "-node=^n", "-service=web", "-tag=v1", "-datacenter=dc2"],
            replies: ["PUT \(path)": Self.reply]
        )
        #expect(filtered.code == 0 && filtered.requests == ["PUT \(path)"])
    }

    @Test("mistakes are said before anything is sent")
    func mistakes() async {
        for (arguments, text) in [
            (
                ["-node=("],
                "Failed to compile node filter regexp: error parsing regexp: missing closing ): `(`\n"
            ),
            (
                ["-service=["],
                "Failed to compile service filter regexp: error parsing regexp: missing closing ]: `[`\n"
            ),
            (["-tag=x"], "Cannot provide tag filter without service filter.\n"),
        ] {
            let outcome = await run(["event", "-name=x"] + arguments)
            #expect(outcome.code == 1 && outcome.errors == text && outcome.requests.isEmpty)
        }
        let many = await run("event", "-name=x", "a", "b")
        #expect(many.code == 1 && many.errors.hasPrefix("Too many command line arguments.\n"))
        let refused = await run(
            ["event", "-name=x"],
            failures: ["PUT /v1/event/fire/x": .failure(500, "no")]
        )
        #expect(refused.errors == "Error firing event: Unexpected response code: 500 (no)\n")
    }
}
