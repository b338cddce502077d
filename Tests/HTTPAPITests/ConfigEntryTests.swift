// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import StateStore
import Testing

@testable import HTTPAPI

@Suite("Config entries and coordinates over HTTP")
struct ConfigEntryTests {
    private static let web = #"{"Kind": "service-defaults", "Name": "web", "Protocol": "http"}"#

    @Test("API-232 API-233 an entry is written and read")
    func written() async throws {
        try await TestAPI.run { api in
            let written = try await api.put("/v1/config", Self.web)
            #expect(written.status == 200 && written.text == "true")
            let reply = try await api.get("/v1/config/service-defaults/web")
            #expect(
                reply.text
                    == #"{"Kind":"service-defaults","Name":"web","Protocol":"http","#
                    + #""TransparentProxy":{},"MeshGateway":{},"Expose":{},"#
                    + #""CreateIndex":2,"ModifyIndex":2}"#
            )
            #expect(reply.index == 2)
            #expect(try await api.get("/v1/config/service-defaults").text == "[\(reply.text)]")
            #expect(try await api.get("/v1/config/service-resolver").text == "[]")
            #expect(try await api.get("/v1/config/mesh").text == "[]")
            // An equal write changes nothing.
            #expect(try await api.put("/v1/config", Self.web).text == "true")
            #expect(try await api.get("/v1/config/service-defaults/web").index == 2)
        }
    }

    @Test("API-234 an entry that does not exist")
    func missing() async throws {
        try await TestAPI.run { api in
            let reply = try await api.get("/v1/config/service-defaults/none")
            #expect(reply.status == 404 && reply.index >= 1)
            #expect(reply["X-Consul-Effective-Consistency"] == "leader")
            #expect(reply.text == #"Config entry not found for "service-defaults" / "none""#)
            let kind = try await api.get("/v1/config/bogus")
            #expect(kind.status == 500 && kind.text == "invalid config entry kind: bogus")
            let none = try await api.get("/v1/config/")
            #expect(none.status == 404)
            let slash = try await api.get("/v1/config/service-defaults/")
            #expect(slash.status == 404)
            #expect(slash.text == #"Config entry not found for "service-defaults" / """#)
            #expect(none.text == "Must provide either a kind or both kind and name")
        }
    }

    @Test("?filter= keeps the entries that it says, by the members of their kind")
    func filtered() async throws {
        try await TestAPI.run { api in
            for (name, more) in [
                ("web", #""Protocol": "http", "Meta": {"team": "a"}"#),
                ("db", #""Protocol": "tcp", "UpstreamConfig": {"Overrides": [{"Name": "x"}]}"#),
                ("cache", #""Expose": {"Checks": true}"#),
            ] {
                let body = #"{"Kind": "service-defaults", "Name": "\#(name)", \#(more)}"#
                #expect(try await api.put("/v1/config", body).text == "true")
            }
            func names(_ filter: String) async throws -> [JSONValue] {
                let path = "/v1/config/service-defaults?filter="
                let reply = try await api.get(path + filter)
                #expect(reply.index == 4, "\(filter)")
                return (0..<reply.json.count).map { reply.json[$0]["Name"] }
            }
            #expect(try await names("Name%20%3D%3D%20web") == ["web"])
            #expect(try await names("Protocol%20%21%3D%20http") == ["cache", "db"])
            #expect(try await names("Meta.team%20%3D%3D%20a") == ["web"])
            #expect(try await names("Meta%20is%20empty") == ["cache", "db"])
            #expect(try await names("Expose.Checks%20%3D%3D%20true") == ["cache"])
            #expect(try await names("UpstreamConfig.Overrides%20is%20not%20empty") == ["db"])
            #expect(try await names("Kind%20%3D%3D%20x").isEmpty)
            let bad = try await api.get("/v1/config/service-defaults?filter=Nope%20%3D%3D%20w")
            #expect(bad.status == 500 && bad.text.contains(#"Selector "Nope" is not valid"#))
        }
    }

    @Test("?filter= compares weights of splits as numbers with a fraction")
    func filteredByWeight() async throws {
        try await TestAPI.run { api in
            let proxy = #"{"Kind":"proxy-defaults","Name":"global","Config":{"protocol":"http"}}"#
            #expect(try await api.put("/v1/config", proxy).text == "true")
            let splits = #"[{"Weight":66.7},{"Weight":33.3,"Service":"o"}]"#
            let body = #"{"Kind":"service-splitter","Name":"web","Splits":\#(splits)}"#
            #expect(try await api.put("/v1/config", body).text == "true")
            let path = "/v1/config/service-splitter?filter=Splits.Weight%20%3D%3D%20"
            #expect(try await api.get(path + "33.3").json.count == 1)
            #expect(try await api.get(path + "33").json.count == 0)
            let bad = try await api.get(path + "x")
            let text = #"strconv.ParseFloat: parsing "x": invalid syntax"#
            #expect(bad.status == 500 && bad.text.contains(text), "\(bad.text)")
        }
    }

    @Test("API-236 check-and-set")
    func checkAndSet() async throws {
        try await TestAPI.run { api in
            try await api.put("/v1/config", Self.web)
            let other = #"{"Kind": "service-defaults", "Name": "web", "Protocol": "tcp"}"#
            #expect(try await api.put("/v1/config?cas=1", other).text == "false")
            #expect(try await api.put("/v1/config?cas=0", other).text == "false")
            #expect(try await api.put("/v1/config?cas=2", other).text == "true")
            let path = "/v1/config/service-defaults/web"
            #expect(try await api.get(path).json["Protocol"] == "tcp")
            #expect(try await api.send(.delete, path + "?cas=2").text == "false")
            let index = try await api.get(path).index
            #expect(try await api.send(.delete, path + "?cas=\(index)").text == "true")
            #expect(try await api.get(path).status == 404)
            for reply in [
                try await api.put("/v1/config?cas=x", other),
                try await api.send(.delete, path + "?cas=x"),
            ] {
                #expect(reply.status == 500)
                #expect(reply.text.hasPrefix(#"strconv.ParseUint: parsing "x": invalid syntax"#))
            }
            #expect(try await api.put("/v1/config?cas=x", "{").status == 400)
        }
    }

    @Test("API-237 an entry is deleted")
    func deleted() async throws {
        try await TestAPI.run { api in
            try await api.put("/v1/config", Self.web)
            let path = "/v1/config/service-defaults/web"
            #expect(try await api.send(.delete, path).text == "{}")
            #expect(try await api.get(path).status == 404)
            // Deleting what is not there is no error.
            #expect(try await api.send(.delete, path).text == "{}")
            let nameless = try await api.send(.delete, "/v1/config/service-defaults")
            #expect(nameless.status == 404)
            #expect(nameless.text == "Must provide both a kind and name to delete")
            #expect(try await api.send(.delete, "/v1/config/bogus/x").status == 400)
        }
    }

    @Test(
        "API-235 what is refused",
        arguments: [
            (#"{"Kind": "bogus", "Name": "a"}"#, 400, "invalid config entry kind: bogus"),
            (
                #"{"Name": "a"}"#, 400,
                "Request decoding failed: Payload does not contain a kind/Kind key at the top level"
            ),
            (
                #"{"Kind": "http-route"}"#, 400,
                "config entries of kind http-route are not kept by this server"
            ),
            (#"{"Kind": "service-defaults"}"#, 500, "Name is required"),
            (
                #"{"Kind": "service-defaults", "Name": "a", "Protocoll": "x"}"#, 400,
                #"invalid config key "Protocoll""#
            ),
            (
                #"{"Kind":"ingress-gateway","Name":"g","Listeners":[{"Port":1,"X":2}]}"#, 400,
                #"invalid config key "Listeners[0].X""#
            ),
            (
                #"{"Kind": "service-defaults", "Name": "a", "Protocol": {"a": 1}}"#, 400,
                "'Protocol' expected a string, got object"
            ),
            (
                #"{"Kind":"ingress-gateway","Name":"g","Listeners":[{"Port":1,"Protocol":"x","#
                    + #""Services":[{"Name":"a"}]}]}"#, 500,
                "'x' is an unsupported protocol"
            ),
            (
                #"{"Kind":"ingress-gateway","Name":"g","Listeners":[{"Port":1,"#
                    + #""Services":[{"Name":"*"}]}]}"#, 500,
                "Wildcard service name is only valid for"
            ),
            (
                #"{"Kind":"service-intentions","Name":"g","Sources":[{"Name":"a"}]}"#, 500,
                "Sources[0].Action must be set to 'allow' or 'deny'"
            ),
            (
                #"{"Kind":"service-resolver","Name":"g","DefaultSubset":"x"}"#, 500,
                #"DefaultSubset "x" is not a valid subset"#
            ),
            (
                #"{"Kind":"service-splitter","Name":"g","Splits":[{"Weight":99}]}"#, 500,
                "the sum of all split weights must be 100"
            ),
        ]
    )
    func refused(body: String, status: Int, text: String) async throws {
        try await TestAPI.run { api in
            let reply = try await api.put("/v1/config", body)
            #expect(reply.status == status)
            #expect(reply.text.contains(text), "\(reply.text)")
        }
    }

    @Test("members may be spelled in snake_case; durations become texts")
    func spelling() async throws {
        try await TestAPI.run { api in
            let body =
                #"{"kind":"service-resolver","name":"r","default_subset":"v1","#
                + #""subsets":{"v1":{"only_passing":true}},"connect_timeout":15000000000,"#
                + #""Meta":{"k":"v"}}"#
            let written = try await api.put("/v1/config", body)
            #expect(written.text == "true")
            #expect(
                try await api.get("/v1/config/service-resolver/r").text
                    == #"{"Kind":"service-resolver","Name":"r","DefaultSubset":"v1","#
                    + #""Subsets":{"v1":{"OnlyPassing":true}},"ConnectTimeout":"15s","#
                    + #""Meta":{"k":"v"},"CreateIndex":2,"ModifyIndex":2}"#
            )
        }
    }

    @Test("intentions are ordered by precedence")
    func intentions() async throws {
        try await TestAPI.run { api in
            let body =
                #"{"Kind":"service-intentions","Name":"db","Sources":["#
                + #"{"Name":"*","Action":"deny"},{"Name":"web","Action":"allow"}]}"#
            #expect(try await api.put("/v1/config", body).text == "true")
            let sources = try await api.get("/v1/config/service-intentions/db").json["Sources"]
            #expect(sources[0]["Name"] == "web" && sources[0]["Precedence"] == 9)
            #expect(sources[1]["Precedence"] == 8 && sources[1]["Type"] == "consul")
            #expect(api.catalog.snapshot().virtualAddress(ofService: "db") == [240, 0, 0, 1])
        }
    }

    @Test("a gateway's services reach the catalog")
    func ingress() async throws {
        try await TestAPI.run { api in
            try await api.registerExternal()
            try await api.put(
                "/v1/catalog/register",
                #"{"Node":"gw","Address":"10.0.0.50","#
                    + #""Service":{"Kind":"ingress-gateway","Service":"igw","Port":8888}}"#
            )
            let body =
                #"{"Kind":"ingress-gateway","Name":"igw","Listeners":[{"Port":9999,"#
                + #""Protocol":"tcp","Services":[{"Name":"xs"}]}]}"#
            #expect(try await api.put("/v1/config", body).text == "true")
            let found = api.catalog.snapshot().ingressInstances(ofService: "xs").value
            #expect(found.map(\.service.id) == ["igw"])
        }
    }

    @Test("reads wait for a change; what stays absent waits on")
    func blocking() async throws {
        try await TestAPI.run { api in
            try await api.put("/v1/config", Self.web)
            let reply = try await api.blocked("/v1/config/service-defaults/api?index=2") {
                let other = #"{"Kind": "service-defaults", "Name": "b"}"#
                try await api.put("/v1/config", other)
                let wanted = #"{"Kind": "service-defaults", "Name": "api"}"#
                try await api.put("/v1/config", wanted)
            }
            #expect(reply.status == 200 && reply.index == 4)
        }
    }

    @Test("lists sort by distance where there are coordinates")
    func near() async throws {
        try await TestAPI.run { api in
            var rows: [CoordinateRow] = []
            for (number, place) in [0.3, 0.1, 0.2].enumerated() {
                let body = #"{"Node":"m\#(number)","Address":"10.1.0.\#(number)"}"#
                try await api.put("/v1/catalog/register", body)
                var coordinate = NetworkCoordinate()
                coordinate.vector[0] = place
                rows.append(CoordinateRow(node: "m\(number)", coordinate: coordinate))
            }
            try api.catalog.apply(.coordinates(rows))
            let nodes = try await api.get("/v1/catalog/nodes?near=m1").json
            let names = (0..<4).map { nodes[$0]["Node"] }
            // n1 has no coordinate: it goes last.
            #expect(names == ["m1", "m2", "m0", "n1"])
        }
    }

    @Test("disable_coordinates: every endpoint of coordinates says that there are none")
    func disabledCoordinates() async throws {
        try await TestAPI.run {
            $0.disablesCoordinates = true
        } _: { api in
            for path in ["datacenters", "nodes", "node/n1"] {
                let reply = try await api.get("/v1/coordinate/" + path)
                #expect(reply.status == 401 && reply.text == "Coordinate support disabled")
            }
            let body = #"{"Node":"n1","Coord":{"Vec":[0,0,0,0,0,0,0,0]}}"#
            #expect(try await api.put("/v1/coordinate/update", body).status == 401)
        }
    }

    @Test("API-229 API-230 API-231 coordinates")
    func coordinates() async throws {
        try await TestAPI.run { api in
            #expect(try await api.get("/v1/coordinate/nodes").text == "[]")
            let coordinate =
                #"{"Vec":[0.5,0,0,0,0,0,0,-0.25],"Error":1.5,"Adjustment":0,"Height":0.00001}"#
            let body = #"{"Node":"n1","Coord":\#(coordinate)}"#
            let update = try await api.put("/v1/coordinate/update", body)
            #expect(update.status == 200 && update.text.isEmpty)
            let row = #"[{"Node":"n1","Segment":"","Coord":\#(coordinate)}]"#
            #expect(try await api.get("/v1/coordinate/nodes").text == row)
            #expect(try await api.get("/v1/coordinate/node/N1").text == row)
            #expect(try await api.get("/v1/coordinate/node/none").status == 404)
            #expect(try await api.get("/v1/coordinate/nodes?segment=x").text == "[]")
            let wrong = try await api.put(
                "/v1/coordinate/update",
                #"{"Node":"n1","Coord":{"Vec":[0]}}"#
            )
            #expect(wrong.status == 500 && wrong.text == "incompatible coordinate")
            let all = try await api.get("/v1/coordinate/datacenters").json
            #expect(all[0]["Datacenter"] == "dc1" && all[0]["AreaID"] == "wan")
            #expect(all[0]["Coordinates"][0]["Coord"]["Vec"].count == 8)
        }
    }
}
