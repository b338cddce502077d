// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Commands

@Suite("Commands about intentions, keys and distances")
struct IntentionCommandTests {
    private static let path = "/v1/connect/intentions"
    private static let one = """
        {"ID":"i1","Description":"d","SourceNS":"default","SourceName":"web","DestinationNS":
        "default","DestinationName":"db","SourceType":"consul","Action":"allow","Meta":{"a":"b"},
        "Precedence":9,"CreatedAt":"2024-01-02T03:04:05Z","UpdatedAt":"2024-01-02T03:04:05Z",
        "CreateIndex":2,"ModifyIndex":2}
        """
    private static let plain = #"""
        {"SourceName":"*","DestinationName":"db","Permissions":[{"Action":"allow"},{}],
        "Precedence":8,"CreatedAt":"0001-01-01T00:00:00Z"}
        """#

    @Test("CLI-054 intention list: none, 2; else a table")
    func list() async {
        let none = await run("intention", "list", replies: ["GET \(Self.path)": "[]"])
        #expect(none.code == 2 && none.errors == "There are no intentions.\n")
        let some = await run(
            "intention",
            "list",
            replies: ["GET \(Self.path)": "[\(Self.one),\(Self.plain)]"]
        )
        #expect(
            some.output == """
                ID  Source  Action  Destination  Precedence
                i1  web     allow   db           9
                    *               db           8

                """
        )
    }

    @Test("get: by source and destination, or by ID")
    func get() async {
        let exact = "GET \(Self.path)/exact?destination=db&source=web"
        let outcome = await run("intention", "get", "web", "db", replies: [exact: Self.one])
        #expect(
            outcome.output == """
                Source:       web
                Destination:  db
                Action:       allow
                ID:           i1
                Description:  d
                Meta[a]:      b
                Created At:   2024-01-02T03:04:05Z

                """
        )
        let byID = await run("intention", "get", "i1", replies: ["GET \(Self.path)/i1": Self.plain])
        #expect(byID.output == "Source:       *\nDestination:  db\nPermissions:  2\n")
        let missing = await run(
            "intention",
            "get",
            "web",
            "db",
            failures: [exact: .failure(404, "Intention not found")]
        )
        #expect(missing.code == 1)
        #expect(
            missing.errors == "Intention with source \"web\" and destination \"db\" not found.\n"
        )
        #expect(
            await run("intention", "get").errors == "command requires exactly 1 or 2 arguments\n"
        )
    }

    @Test("check: allowed 0, denied 1, what cannot be told 2")
    func check() async {
        let path = "GET \(Self.path)/check?destination=db&source=web"
        for (body, code, text) in [
            (#"{"Allowed":true}"#, 0, "Allowed\n"), (#"{"Allowed":false}"#, 1, "Denied\n"),
        ] as [(String, Int32, String)] {
            let outcome = await run("intention", "check", "web", "db", replies: [path: body])
            #expect(outcome.code == code && outcome.output == text)
        }
        #expect(await run("intention", "check", "web", "db").code == 2)
        #expect(await run("intention", "check", "web").code == 2)
    }

    @Test("create: allows unless told otherwise, and writes over nothing unless told so")
    func create() async {
        let exact = "\(Self.path)/exact?destination=db&source=web"
        let missing = ["GET \(exact)": AgentReply.failure(404, "Intention not found")]
        let outcome = await run(
            "intention",
            "create",
            "-deny",
            "web",
            "db",
            replies: ["PUT \(exact)": "true"],
            failures: missing
        )
        #expect(outcome.output == "Created: web => db (deny)\n", "\(outcome.errors)")
        #expect(outcome.requests.last?.contains(#""Action":"deny""#) == true)
        let present = ["GET \(exact)": Self.one]
        let there = await run("intention", "create", "web", "db", replies: present)
        #expect(there.code == 1)
        #expect(there.errors.contains("duplicate intention found: web => db (allow)"))
        let replaced = await run(
            "intention",
            "create",
            "-replace",
            "-meta",
            "a=b",
            "web",
            "db",
            replies: ["GET \(exact)": Self.one, "PUT \(Self.path)/i1": #"{"ID":"i1"}"#]
        )
        #expect(replaced.code == 0, "\(replaced.errors)")
        let filed = await run(
            "intention",
            "create",
            "-file",
            "i.json",
            files: ["i.json": #"{"SourceName":"web","DestinationName":"db","Action":"allow"}"#],
            replies: ["PUT \(exact)": "true"],
            failures: missing
        )
        #expect(filed.output == "Created: web => db (allow)\n", "\(filed.errors)")
        let both = await run("intention", "create", "-allow", "-deny", "a", "b")
        #expect(both.errors == "Only one of -allow or -deny may be specified.\n")
        let few = await run("intention", "create", "a")
        #expect(few.errors == "Error: Must specify two arguments: source and destination\n")
    }

    @Test("match and delete")
    func matchAndDelete() async {
        let match = await run(
            "intention",
            "match",
            "db",
            replies: [
                "GET \(Self.path)/match?by=destination&name=db":
                    "{\"db\":[\(Self.one),\(Self.plain)]}"
            ]
        )
        #expect(match.output == "web => db (allow)\n* => db (2 permissions)\n")
        let gone = await run(
            "intention",
            "delete",
            "web",
            "db",
            replies: ["DELETE \(Self.path)/exact?destination=db&source=web": "true"]
        )
        #expect(gone.output == "Intention deleted.\n")
        #expect(await run("intention", "match", "-source", "-destination", "x").code == 1)
        #expect(await run("intention", "delete").code == 1)
    }

    @Test("CLI-037 keyring: what the agent says, and wrong flags before it is asked")
    func keyring() async {
        let path = "/v1/operator/keyring"
        let text = "4 errors occurred:\n\t* WAN error: 1/1 nodes reported failure\n\n"
        let none = await run("keyring", "-list", failures: ["GET \(path)": .failure(500, text)])
        #expect(none.code == 1)
        #expect(none.output == "==> Gathering installed encryption keys...\n")
        #expect(
            none.errors.hasPrefix("error: Unexpected response code: 500 (4 errors occurred:")
        )
        let pools = """
            [{"WAN":true,"Datacenter":"dc1","Segment":"","Keys":{"k":1},"PrimaryKeys":{"k":1},
            "NumNodes":1},{"WAN":false,"Datacenter":"dc1","Segment":"","Keys":{"a":2,"k":2},
            "PrimaryKeys":{"k":2},"NumNodes":2}]
            """
        let some = await run("keyring", "-list", replies: ["GET \(path)": pools])
        #expect(
            some.output
                == "==> Gathering installed encryption keys...\n\nWAN:\n  k [1/1]\n\n"
                + "dc1 (LAN):\n  a [2/2]\n  k [2/2]\n"
        )
        let used = await run(
            "keyring",
            "-use=k",
            "-relay-factor=3",
            replies: ["PUT \(path)?relay-factor=3": ""]
        )
        #expect(used.code == 0 && used.requests == [#"PUT \#(path)?relay-factor=3 {"Key":"k"}"#])
        for flags in [
            [], ["-list", "-use=k"], ["-list", "-relay-factor=6"], ["-use=k", "-local-only"],
        ] {
            let wrong = await run(["keyring"] + flags)
            #expect(wrong.code == 1 && wrong.requests.isEmpty, "\(flags)")
        }
    }

    private static let coordinates = """
        [{"Node":"n1","Segment":"","Coord":{"Vec":[0,0,0,0,0,0,0,0],"Error":1.5,"Adjustment":0,
        "Height":0.00001}},{"Node":"n2","Segment":"","Coord":{"Vec":[0.0006,0,0,0,0,0,0,0],
        "Error":1.5,"Adjustment":0,"Height":0}}]
        """

    @Test("CLI-045 rtt: the estimate between two nodes, or to the agent's own")
    func roundTrip() async {
        let own = #"{"Config":{"NodeName":"n1","Datacenter":"dc1"}}"#
        let replies = [
            "GET /v1/coordinate/nodes": Self.coordinates, "GET /v1/agent/self": own,
            "GET /v1/coordinate/datacenters":
                #"[{"Datacenter":"dc1","AreaID":"wan","Coordinates":\#(Self.coordinates)}]"#,
        ]
        #expect(
            await run("rtt", "n1", "n1", replies: replies).output
                == "Estimated n1 <-> n1 rtt: 0.020 ms (using LAN coordinates)\n"
        )
        #expect(
            await run("rtt", "N2", replies: replies).output
                == "Estimated N2 <-> n1 rtt: 0.610 ms (using LAN coordinates)\n"
        )
        #expect(
            await run("rtt", "-wan", "n2.dc1", replies: replies).output
                == "Estimated n2.dc1 <-> n1.dc1 rtt: 0.610 ms (using WAN coordinates)\n"
        )
        let none = await run("rtt", "n1", "n3", replies: replies)
        #expect(none.code == 1)
        #expect(none.errors.hasPrefix("Could not find a coordinate for node \"n3\"\n"))
        #expect(
            await run("rtt", "-wan", "n1", "n2", replies: replies).errors
                == "Node names must be specified as <node name>.<datacenter> with -wan\n"
        )
        // To itself, without coordinates.
        let first = [
            "GET /v1/coordinate/nodes": "[]", "GET /v1/coordinate/datacenters": "[]",
            "GET /v1/catalog/node-services/N1": #"{"Node":{"Node":"n1"},"Services":[]}"#,
            "GET /v1/catalog/node-services/N1?dc=dc1": #"{"Node":{"Node":"n1"},"Services":[]}"#,
            "GET /v1/catalog/node-services/n9": #"{"Node":null,"Services":null}"#,
        ]
        #expect(
            await run("rtt", "N1", "n1", replies: first).output
                == "Estimated N1 <-> n1 rtt: 0.020 ms (using LAN coordinates)\n"
        )
        #expect(
            await run("rtt", "-wan", "N1.dc1", "n1.dc1", replies: first).output
                == "Estimated N1.dc1 <-> n1.dc1 rtt: 0.020 ms (using WAN coordinates)\n"
        )
        #expect(
            await run("rtt", "n9", "n9", replies: first).errors
                .hasPrefix("Could not find a coordinate for node \"n9\"\n")
        )
        #expect(await run("rtt").errors.hasPrefix("One or two node names must be specified\n"))
    }
}
