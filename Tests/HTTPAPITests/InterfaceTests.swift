// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import StateStore
import Testing

@testable import HTTPAPI

@Suite("What Consul's web interface reads")
struct InterfaceTests {
    private static func register(_ api: TestAPI, _ body: String) async throws {
        let reply = try await api.put("/v1/catalog/register", body)
        #expect(reply.text == "true", "\(reply.text)")
    }

    /// Two instances of web on two nodes, a proxy of it, and a gateway that lets it in.
    private static func fill(_ api: TestAPI) async throws {
        try await register(
            api,
            #"{"Node":"a","Address":"10.0.1.1","Service":{"ID":"w1","Service":"web","#
                + #""Tags":["y","x"],"Meta":{"external-source":"nomad"}},"Checks":["#
                + #"{"CheckID":"alive","Name":"Alive","Status":"passing"},"#
                + #"{"CheckID":"c1","Name":"HTTP","Status":"warning","ServiceID":"w1"}]}"#
        )
        try await register(
            api,
            #"{"Node":"b","Address":"10.0.1.2","Service":{"ID":"w2","Service":"web","Tags":["x"]},"#
                + #""Checks":[{"CheckID":"c1","Name":"HTTP","Status":"critical","#
                + #""ServiceID":"w2"}]}"#
        )
        try await register(
            api,
            #"{"Node":"b","Address":"10.0.1.2","Service":{"ID":"p","Service":"web-proxy","#
                + #""Kind":"connect-proxy","Port":1,"Proxy":{"DestinationServiceName":"web","#
                + #""Mode":"transparent"}},"Checks":[{"CheckID":"p1","Name":"Proxy","#
                + #""Status":"passing","ServiceID":"p"}]}"#
        )
        try await register(
            api,
            #"{"Node":"b","Address":"10.0.1.2","Service":{"Service":"igw","#
                + #""Kind":"ingress-gateway","Port":80}}"#
        )
        let entry =
            #"{"Kind":"ingress-gateway","Name":"igw","Listeners":[{"Port":8080,"#
            + #""Protocol":"http","Services":[{"Name":"web"},{"Name":"later","#
            + #""Hosts":["l.example."]}]}]}"#
        #expect(try await api.put("/v1/config", entry).text == "true")
    }

    @Test("services: one line each, with what counts for them")
    func services() async throws {
        try await TestAPI.run { api in
            try await Self.fill(api)
            let reply = try await api.get("/v1/internal/ui/services")
            #expect(reply.status == 200 && reply.index == 6)
            let json = reply.json
            let names = (0..<json.count).map { json[$0]["Name"] }
            #expect(names == ["consul", "igw", "web", "web-proxy"])
            let web = json[2]
            #expect(
                web.names == [
                    "Name", "Datacenter", "Tags", "Nodes", "ExternalSources", "InstanceCount",
                    "ChecksPassing", "ChecksWarning", "ChecksCritical", "GatewayConfig",
                    "TransparentProxy", "ConnectNative", "ConnectedWithProxy",
                    "ConnectedWithGateway",
                ]
            )
            #expect(web["Tags"] == ["x", "y"] && web["Nodes"] == ["a", "b"])
            #expect(web["ExternalSources"] == ["nomad"] && web["InstanceCount"] == 2)
            // The checks of its proxy count for the service, too.
            #expect(web["ChecksPassing"] == 2 && web["ChecksWarning"] == 1)
            #expect(web["ChecksCritical"] == 1 && web["TransparentProxy"] == true)
            #expect(web["ConnectedWithProxy"] == true && web["ConnectedWithGateway"] == true)
            #expect(json[0]["Tags"] == .null && json[0]["ConnectedWithGateway"] == false)
            #expect(json[1]["Kind"] == "ingress-gateway")
            #expect(json[1]["GatewayConfig"]["AssociatedServiceCount"] == 2)
            let path = "/v1/internal/ui/services?filter=Service.Service%20%3D%3D%20web"
            let kept = try await api.get(path).json
            #expect(kept.count == 1 && kept[0]["ConnectedWithProxy"] == false)
        }
    }

    @Test("nodes: each with all that is on it; one by name, or 404 without a text")
    func nodes() async throws {
        try await TestAPI.run { api in
            try await Self.fill(api)
            let json = try await api.get("/v1/internal/ui/nodes").json
            #expect((0..<json.count).map { json[$0]["Node"] } == ["a", "b", "n1"])
            #expect(
                json[0].names == [
                    "ID", "Node", "Address", "TaggedAddresses", "Meta", "Services", "Checks",
                ]
            )
            #expect(json[0]["Services"].count == 1 && json[0]["Checks"].count == 2)
            #expect(json[0]["Meta"] == .null)
            #expect(json[2]["Meta"]["consul-version"] == "1.21.4")
            let one = try await api.get("/v1/internal/ui/node/B")
            #expect(one.json["Services"].count == 3 && one.index == 6)
            let none = try await api.get("/v1/internal/ui/node/none")
            #expect(none.status == 404 && none.text.isEmpty)
            #expect(try await api.get("/v1/internal/ui/node/").text == "Missing node name")
            let filter = "?filter=Services.Service%20%3D%3D%20igw"
            let kept = try await api.get("/v1/internal/ui/nodes" + filter).json
            #expect(kept.count == 1 && kept[0]["Node"] == "b")
        }
    }

    @Test("the overview counts nodes, services and checks by health")
    func overview() async throws {
        try await TestAPI.run { api in
            try await Self.fill(api)
            let json = try await api.get("/v1/internal/ui/catalog-overview").json
            #expect(json.names == ["Nodes", "Services", "Checks"])
            #expect(
                json["Nodes"].compactText == #"[{"Critical":0,"Passing":3,"Total":3,"Warning":0}]"#
            )
            let web = json["Services"][2]
            #expect(web["Name"] == "web" && web["Total"] == 2)
            #expect(web["Warning"] == 1 && web["Critical"] == 1 && web["Passing"] == 0)
            let names = (0..<json["Checks"].count).map { json["Checks"][$0]["Name"] }
            #expect(names == ["Alive", "HTTP", "Proxy", "Serf Health Status"])
        }
    }

    @Test("a gateway: its links, their services and the intentions for them")
    func gateway() async throws {
        try await TestAPI.run { api in
            try await Self.fill(api)
            let links = try await api.get("/v1/catalog/gateway-services/IGW")
            #expect(
                links.json[0].compactText
                    == #"{"CreateIndex":6,"Gateway":{"Name":"igw"},"GatewayKind":"ingress-gateway","#
                    + #""Hosts":["l.example."],"ModifyIndex":6,"Port":8080,"Protocol":"http","#
                    + #""Service":{"Name":"later"}}"#
            )
            #expect(links.json.count == 2 && links.json[1]["Service"]["Name"] == "web")
            #expect(try await api.get("/v1/catalog/gateway-services/none").text == "null")
            let services = try await api.get("/v1/internal/ui/gateway-services-nodes/igw").json
            #expect(services.count == 2 && services[0]["Name"] == "later")
            #expect(services[0]["GatewayConfig"]["Addresses"] == ["l.example:8080"])
            #expect(services[1]["GatewayConfig"]["Addresses"] == ["web.ingress.dc1.consul:8080"])
            #expect(services[1]["InstanceCount"] == 2)
            for (source, destination) in [("a", "web"), ("a", "other"), ("a", "*")] {
                let query = "?source=\(source)&destination=\(destination)"
                try await api.put(
                    "/v1/connect/intentions/exact" + query,
                    #"{"Action":"allow"}"#
                )
            }
            let found = try await api.get("/v1/internal/ui/gateway-intentions/igw").json
            let names = (0..<found.count).map { found[$0]["DestinationName"] }
            #expect(names == ["web", "*"])
            #expect(try await api.get("/v1/internal/ui/gateway-intentions/x").text == "[]")
        }
    }

    @Test("a gateway's wildcard stands for every ordinary service that it does not name")
    func wildcard() async throws {
        try await TestAPI.run { api in
            try await Self.fill(api)
            let entry =
                #"{"Kind":"terminating-gateway","Name":"tgw","Services":[{"Name":"*","#
                + #""CAFile":"/ca"},{"Name":"ext","SNI":"s"}]}"#
            #expect(try await api.put("/v1/config", entry).text == "true")
            let links = try await api.get("/v1/catalog/gateway-services/tgw").json
            #expect(links.count == 2)
            #expect(links[0]["Service"]["Name"] == "ext" && links[0]["FromWildcard"] == .null)
            #expect(links[1]["Service"]["Name"] == "web" && links[1]["FromWildcard"] == true)
            #expect(links[1]["CAFile"] == "/ca")
        }
    }

    @Test("there are no peers, and no interface that would show metrics")
    func absent() async throws {
        try await TestAPI.run { api in
            #expect(try await api.get("/v1/internal/ui/exported-services").text == "[]")
            let metrics = try await api.get("/v1/internal/ui/metrics-proxy/api/v1/query")
            #expect(metrics.status == 404 && metrics.text == "UI is not enabled")
        }
    }

    @Test("readers of services wait for any change of the catalog")
    func blocking() async throws {
        try await TestAPI.run { api in
            let index = try await api.get("/v1/internal/ui/services").index
            let reply = try await api.blocked("/v1/internal/ui/services?index=\(index)") {
                try await Self.register(
                    api,
                    #"{"Node":"z","Address":"10.0.1.9","Service":{"Service":"new"}}"#
                )
            }
            #expect(reply.json.count == 2)
        }
    }
}
