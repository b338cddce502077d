// SPDX-License-Identifier: Apache-2.0
import StateStore
import Testing

@testable import HTTPAPI

@Suite("Instances by which a service is reached, over HTTP")
struct MeshInstanceTests {
    private func register(_ api: TestAPI) async throws {
        for (id, service) in [
            ("w1", #"{"ID":"w1","Service":"web","Port":80}"#),
            ("n1", #"{"ID":"n1","Service":"web","Port":81,"Connect":{"Native":true}}"#),
            (
                "p1",
                #"{"ID":"p1","Service":"web-proxy","Kind":"connect-proxy","Port":21000,"#
                    + #""Tags":["v1"],"Proxy":{"DestinationServiceName":"web"}}"#
            ),
            ("g1", #"{"ID":"g1","Service":"igw","Kind":"ingress-gateway","Port":8888}"#),
        ] {
            let check =
                #"{"CheckID":"c-\#(id)","Name":"c","ServiceID":"\#(id)","Status":"#
                + (id == "n1" ? #""warning"}"# : #""passing"}"#)
            let body =
                #"{"Node":"n","Address":"10.0.0.1","Service":\#(service),"Check":\#(check)}"#
            #expect(try await api.put("/v1/catalog/register", body).status == 200)
        }
        let entry =
            #"{"Kind":"ingress-gateway","Name":"igw","Listeners":[{"Port":9999,"#
            + #""Protocol":"tcp","Services":[{"Name":"web"}]}]}"#
        #expect(try await api.put("/v1/config", entry).text == "true")
    }

    @Test("health/connect: proxies and native instances, with ?passing, ?tag and ?filter=")
    func connect() async throws {
        try await TestAPI.run { api in
            try await register(api)
            func ids(_ query: String) async throws -> [JSONValue] {
                let json = try await api.get("/v1/health/connect/" + query).json
                return (0..<json.count).map { json[$0]["Service"]["ID"] }
            }
            #expect(try await ids("web") == ["n1", "p1"])
            #expect(try await ids("web?passing") == ["p1"])
            #expect(try await ids("web?tag=v1") == ["p1"])
            #expect(try await ids("web?filter=Service.Port%20%3D%3D%2081") == ["n1"])
            #expect(try await ids("igw").isEmpty)
            let first = try await api.get("/v1/health/connect/web").json[0]
            #expect(first["Node"]["Node"] == "n")
            #expect(first["Checks"].count == 1)
            let unnamed = try await api.get("/v1/health/connect/")
            #expect(unnamed.status == 400 && unnamed.text == "Missing service name")
        }
    }

    @Test(
        "a proxy must say what it is for, in the catalog and in a transaction",
        arguments: [
            (#""Port":1"#, "must be non-empty for Connect proxy services"),
            (
                #""Port":1,"Proxy":{"DestinationServiceName":" "}"#,
                "must be non-empty for Connect proxy services"
            ),
            (
                #""Port":1,"Proxy":{"DestinationServiceName":"*"}"#,
                "must not be a wildcard for Connect proxy services"
            ),
            (
                #""Proxy":{"DestinationServiceName":"web"}"#,
                "Port or SocketPath must be set for a connect-proxy"
            ),
        ]
    )
    func proxyWithoutDestination(members: String, text: String) async throws {
        try await TestAPI.run { api in
            let service = #"{"Kind":"connect-proxy","Service":"p",\#(members)}"#
            let reply = try await api.put(
                "/v1/catalog/register",
                #"{"Node":"n","Address":"10.0.0.1","Service":\#(service)}"#
            )
            #expect(reply.status == 500 && reply.text.hasPrefix("1 error occurred:\n\t* "))
            #expect(reply.text.hasSuffix("\(text)\n\n"))
            let transaction = try await api.put(
                "/v1/txn",
                #"[{"Service":{"Verb":"set","Node":"n","Service":\#(service)}}]"#
            )
            #expect(transaction.status == 409)
            #expect(transaction.json["Errors"][0]["What"] == .string(reply.text))
        }
    }

    @Test("health/ingress: the gateways that let the service in")
    func ingress() async throws {
        try await TestAPI.run { api in
            try await register(api)
            let reply = try await api.get("/v1/health/ingress/web")
            #expect(reply.json.count == 1 && reply.json[0]["Service"]["ID"] == "g1")
            #expect(reply.index == 6)
            #expect(try await api.get("/v1/health/ingress/nope").text == "[]")
        }
    }

    @Test("catalog/connect: the same, flat")
    func catalogConnect() async throws {
        try await TestAPI.run { api in
            try await register(api)
            let reply = try await api.get("/v1/catalog/connect/web")
            #expect(reply.json.count == 2)
            #expect(reply.json[0]["ServiceID"] == "n1" && reply.json[1]["ServiceID"] == "p1")
            #expect(try await api.get("/v1/catalog/connect/nope").text == "[]")
        }
    }
}
