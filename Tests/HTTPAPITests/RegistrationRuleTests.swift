// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore
import Testing

@testable import HTTPAPI

/// What `PUT /v1/catalog/…` and `PUT /v1/txn` do not take, and what they keep (HTTP API 4.4, 4.9, 5.1–5.3).
@Suite("Rules of rows that are registered")
struct RegistrationRuleTests {
    private static let register = "/v1/catalog/register"
    private static let peerText = "cannot register requests with PeerName in them"

    @Test(
        "nothing of another cluster is registered",
        arguments: [
            #""PeerName":"p""#, #""Service":{"Service":"s","PeerName":"p"}"#,
            #""Check":{"Name":"c","PeerName":"p"}"#,
            #""Checks":[{"Name":"c"},{"Name":"d","PeerName":"p"}]"#,
            #""PeerName":"p","Datacenter":"elsewhere""#,
        ]
    )
    func peers(member: String) async throws {
        try await TestAPI.run { api in
            let reply = try await api.put(
                Self.register,
                #"{"Node":"e","Address":"1.1.1.1",\#(member)}"#
            )
            #expect(reply.status == 500 && reply.text == Self.peerText)
            #expect(try await api.get("/v1/catalog/node/e").text == "null")
        }
    }

    @Test("what is deregistered of another cluster is not the row of the same name here")
    func foreignDeregistration() async throws {
        try await TestAPI.run { api in
            try await api.registerExternal()
            let index = api.catalog.snapshot().lastIndex
            for member in ["", #","ServiceID":"xs1""#, #","CheckID":"k1""#] {
                let reply = try await api.put(
                    "/v1/catalog/deregister",
                    #"{"Node":"ext1","PeerName":"p"\#(member)}"#
                )
                #expect(reply.status == 200 && reply.text == "true")
            }
            #expect(api.catalog.snapshot().lastIndex == index)
            #expect(try await api.get("/v1/catalog/service/xs").json.count == 1)
        }
    }

    @Test(
        "a transaction knows no rows of other clusters",
        arguments: [
            ("set", Self.peerText), ("cas", Self.peerText), ("get", #"X "ext1"Y doesn't exist"#),
            ("delete-cas", #"failed to delete X "ext1"Y, index is stale"#),
        ]
    )
    func foreignTransaction(verb: String, what: String) async throws {
        try await TestAPI.run { api in
            try await api.registerExternal()
            for (kind, object) in [
                ("Node", #"{"Node":"ext1","Address":"1.1.1.1","PeerName":"p"}"#),
                ("Check", #"{"Node":"ext1","CheckID":"k1","PeerName":"p"}"#),
            ] {
                let reply = try await api.put(
                    "/v1/txn",
                    #"[{"\#(kind)":{"Verb":"\#(verb)","\#(kind)":\#(object)}}]"#
                )
                let wanted =
                    kind == "Node"
                    ? what.replacing("X", with: "node").replacing("Y", with: "")
                    : what.replacing("X \"ext1\"Y", with: #"check "k1" on node "ext1""#)
                #expect(reply.status == 409)
                #expect(reply.json["Errors"][0]["What"] == .string(wanted))
            }
        }
    }

    @Test("a transaction deletes nothing of other clusters")
    func foreignTransactionDelete() async throws {
        try await TestAPI.run { api in
            try await api.registerExternal()
            let reply = try await api.put(
                "/v1/txn",
                #"[{"Node":{"Verb":"delete","Node":{"Node":"ext1","PeerName":"p"}}}]"#
            )
            #expect(reply.status == 200 && reply.json["Results"] == [])
            #expect(try await api.get("/v1/catalog/service/xs").json.count == 1)
        }
    }

    @Test("a failure is told at the place of its operation, behind one that does nothing too")
    func placeOfFailure() async throws {
        try await TestAPI.run { api in
            let reply = try await api.put(
                "/v1/txn",
                #"[{"Node":{"Verb":"delete","Node":{"Node":"a","PeerName":"p"}}},"#
                    + #"{"KV":{"Verb":"cas","Key":"k","Value":"","Index":7}}]"#
            )
            #expect(reply.status == 409 && reply.json["Errors"][0]["OpIndex"] == 1)
        }
    }

    @Test(
        "nodes of transactions need a name, and an ID that is one",
        arguments: [
            (
                #"{"Node":"e","ID":"not-a-uuid","Address":"1.1.1.1"}"#,
                "Bad node ID: uuid string is wrong length"
            ),
            (
                #"{"Node":"e","ID":"zz345678-1234-1234-1234-123456789012"}"#,
                "Bad node ID: uuid is improperly formatted"
            ),
            (#"{"Address":"1.1.1.1"}"#, "Must provide node"),
        ]
    )
    func transactionNodes(node: String, what: String) async throws {
        try await TestAPI.run { api in
            for verb in ["set", "cas", "delete", "delete-cas"] {
                let reply = try await api.put(
                    "/v1/txn",
                    #"[{"Node":{"Verb":"\#(verb)","Node":\#(node)}}]"#
                )
                #expect(reply.status == 409)
                #expect(reply.json["Errors"][0]["What"] == .string(what), "\(verb)")
            }
            let read = try await api.put("/v1/txn", #"[{"Node":{"Verb":"get","Node":\#(node)}}]"#)
            #expect(read.json["Errors"][0]["What"] != .string(what))
        }
    }

    @Test(
        "metadata of services has the same rules in the catalog, in transactions and in the agent"
    )
    func serviceMeta() async throws {
        try await TestAPI.run { api in
            let many = (0..<65).map { #""k\#($0)":"v""# }.joined(separator: ",")
            for (meta, problem) in [
                (
                    #""a b":"c""#,
                    "Couldn't load metadata pair ('a b', 'c'): Key contains invalid characters"
                ),
                (
                    #""consul-x":"y""#,
                    "Couldn't load metadata pair ('consul-x', 'y'): Key prefix 'consul-' is reserved for internal use"
                ),
                (many, "Node metadata cannot contain more than 64 key/value pairs"),
            ] {
                let service = #"{"Service":"s","Meta":{\#(meta)}}"#
                let text = "Invalid Service Meta for node e and serviceID s: \(problem)"
                let direct = try await api.put(
                    Self.register,
                    #"{"Node":"e","Address":"1.1.1.1","Service":\#(service)}"#
                )
                #expect(direct.status == 500 && direct.text == "failed inserting service: \(text)")
                let txn = try await api.put(
                    "/v1/txn",
                    #"[{"Service":{"Verb":"set","Node":"e","Service":\#(service)}}]"#
                )
                #expect(txn.status == 409 && txn.json["Errors"][0]["What"] == .string(text))
            }
            let gateway =
                #"{"Service":"g","Kind":"mesh-gateway","Port":1,"Meta":{"consul-wan-federation":"1"}}"#
            let reply = try await api.put(
                Self.register,
                #"{"Node":"e","Address":"1.1.1.1","Service":\#(gateway)}"#
            )
            #expect(reply.text == "true")
        }
    }

    @Test("a check without ID and name is none")
    func namelessCheck() async throws {
        try await TestAPI.run { api in
            for member in [
                #""Check":{"Notes":"x"}"#, #""Checks":[{"Name":"c"},{"Status":"passing"}]"#,
            ] {
                let reply = try await api.put(
                    Self.register,
                    #"{"Node":"e","Address":"1.1.1.1",\#(member)}"#
                )
                #expect(reply.status == 500)
                #expect(
                    reply.text.hasPrefix(
                        #"failed inserting check on node "e": failed health check lookup: index error: "#
                            + "object is missing a value for this index"
                    )
                )
                #expect(try await api.get("/v1/catalog/node/e").text == "null")
            }
        }
    }

    private static let place = #"{"Region":"r1","Zone":"z1"}"#

    @Test("where a node and an instance are is kept and told")
    func locality() async throws {
        try await TestAPI.run { api in
            let place = try JSONParser.parse(Array(Self.place.utf8))
            let body =
                #"{"Node":"e","Address":"1.1.1.1","Locality":\#(Self.place),"#
                + #""Service":{"Service":"s","Locality":\#(Self.place)}}"#
            #expect(try await api.put(Self.register, body).text == "true")
            let index = api.catalog.snapshot().nodes().index
            #expect(try await api.put(Self.register, body).text == "true")
            #expect(api.catalog.snapshot().nodes().index == index)
            let nodes = try await api.get("/v1/catalog/nodes").json
            #expect(nodes[0]["Locality"] == place)
            #expect(nodes[0].names.suffix(3) == ["Locality", "CreateIndex", "ModifyIndex"])
            let flat = try await api.get("/v1/catalog/service/s").json[0]
            #expect(flat["ServiceLocality"] == place && flat["Locality"] == .null)
            let health = try await api.get("/v1/health/service/s").json[0]
            #expect(health["Node"]["Locality"] == place && health["Service"]["Locality"] == place)
            #expect(health["Service"].names.contains("EnableTagOverride"))
            // Another place is a change, and none is one.
            let moved = body.replacing("z1", with: "z2")
            #expect(try await api.put(Self.register, moved).text == "true")
            #expect(api.catalog.snapshot().nodes().index > index)
            let node = #"{"Node":"e","Address":"1.1.1.1"}"#
            let txn = try await api.put("/v1/txn", #"[{"Node":{"Verb":"set","Node":\#(node)}}]"#)
            #expect(txn.status == 200 && txn.json["Results"][0]["Node"]["Locality"] == .null)
            let set = node.dropLast() + #","Locality":{"Region":"r9"}}"#
            let again = try await api.put("/v1/txn", #"[{"Node":{"Verb":"set","Node":\#(set)}}]"#)
            #expect(again.text.contains(#""Locality":{"Region":"r9"}"#))
        }
    }

    @Test("the agent's own services say where they are, their sidecars too")
    func ownLocality() async throws {
        try await TestAPI.run { api in
            let place = try JSONParser.parse(Array(Self.place.utf8))
            let reply = try await api.put(
                "/v1/agent/service/register",
                #"{"Name":"w","Port":80,"Locality":\#(Self.place),"Connect":{"SidecarService":{}}}"#
            )
            #expect(reply.status == 200)
            #expect(try await api.get("/v1/agent/service/w").json["Locality"] == place)
            let row = try await api.get("/v1/catalog/service/w").json[0]
            #expect(row["ServiceLocality"] == place)
        }
        let service = ServiceDefinition(
            name: "w",
            sidecar: .proxy(ServiceDefinition(name: "")),
            locality: Locality(region: "r", zone: "z")
        )
        #expect(service.sidecarRegistration?.locality == service.locality)
    }
}
