// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import StateStore
import Testing

@testable import HTTPAPI

@Suite("Parameters of reads of instances, over HTTP")
struct InstanceParameterTests {
    /// An instance of web, its proxy, a gateway that lets it in, and defaults of web.
    private func fill(_ api: TestAPI) async throws {
        for service in [
            #"{"ID":"w","Service":"web","Port":80}"#,
            #"{"ID":"p","Service":"web-proxy","Kind":"connect-proxy","Port":21000,"#
                + #""Proxy":{"DestinationServiceName":"web"}}"#,
            #"{"ID":"g","Service":"igw","Kind":"ingress-gateway","Port":8888}"#,
        ] {
            let body = #"{"Node":"n","Address":"10.0.0.1","Service":\#(service)}"#
            #expect(try await api.put("/v1/catalog/register", body).status == 200)
        }
        let ingress =
            #"{"Kind":"ingress-gateway","Name":"igw","Listeners":[{"Port":9999,"#
            + #""Protocol":"tcp","Services":[{"Name":"web"}]}]}"#
        #expect(try await api.put("/v1/config", ingress).text == "true")
        try await write(api, "web", "http")
        try await write(api, "igw", "grpc")
    }

    private func write(_ api: TestAPI, _ name: String, _ spoken: String) async throws {
        let body = #"{"Kind":"service-defaults","Name":"\#(name)","Protocol":"\#(spoken)"}"#
        #expect(try await api.put("/v1/config", body).text == "true")
    }

    @Test(
        "?merge-central-config shows the defaults with proxies and gateways, whatever its value",
        arguments: [
            ("/v1/health/service/web-proxy", "http"), ("/v1/health/connect/web", "http"),
            ("/v1/health/ingress/web", "grpc"), ("/v1/catalog/service/web-proxy", "http"),
            ("/v1/catalog/connect/web", "http"),
        ]
    )
    func merged(path: String, spoken: String) async throws {
        try await TestAPI.run { api in
            try await fill(api)
            func proxy(_ query: String) async throws -> JSONValue {
                let first = try await api.get(path + query).json[0]
                return path.contains("catalog") ? first["ServiceProxy"] : first["Service"]["Proxy"]
            }
            #expect(try await proxy("").names.contains("Config") == false)
            for query in ["?merge-central-config", "?merge-central-config=false"] {
                #expect(try await proxy(query)["Config"]["protocol"] == .string(spoken))
            }
        }
    }

    @Test("so does node-services, for what it lists; catalog/node does not know the parameter")
    func nodeServices() async throws {
        try await TestAPI.run { api in
            try await fill(api)
            let path = "/v1/catalog/node-services/n?merge-central-config"
            let services = try await api.get(path).json["Services"]
            let spoken = (0..<services.count).map { services[$0]["Proxy"]["Config"]["protocol"] }
            #expect(spoken == ["grpc", "http", .null])
            let none = try await api.get("/v1/catalog/node-services/none?merge-central-config")
            #expect(none.status == 200 && none.json["Node"] == .null)
            let node = try await api.get("/v1/catalog/node/n?merge-central-config").json
            #expect(node["Services"]["p"]["Proxy"]["Config"] == .null)
        }
    }

    @Test("?filter= sees what is filled in")
    func filter() async throws {
        try await TestAPI.run { api in
            try await fill(api)
            let body =
                #"{"Kind":"service-defaults","Name":"web","Mode":"transparent","#
                + #""TransparentProxy":{"OutboundListenerPort":15001}}"#
            try await api.put("/v1/config", body)
            let path = "/v1/health/service/web-proxy?filter=Service.Proxy."
            for filter in [
                "Mode%20%3D%3D%20transparent",
                "TransparentProxy.OutboundListenerPort%20%3D%3D%2015001",
            ] {
                #expect(try await api.get(path + filter).text == "[]")
                let merged = try await api.get("\(path)\(filter)&merge-central-config")
                #expect(merged.json.count == 1, "\(filter)")
            }
        }
    }

    @Test("a change of defaults wakes who waits with it, and nobody else")
    func blocking() async throws {
        try await TestAPI.run { api in
            try await fill(api)
            let path = "/v1/health/service/web-proxy"
            let plain = try await api.get(path).index
            let index = try await api.get(path + "?merge-central-config").index
            #expect(index == api.catalog.snapshot().lastIndex.rawValue && plain < index)
            let query = "?merge-central-config&wait=1m&index=\(index)"
            let reply = try await api.blocked(path + query) {
                try await write(api, "web", "grpc")
            }
            #expect(reply.index == index + 1)
            #expect(reply.json[0]["Service"]["Proxy"]["Config"]["protocol"] == "grpc")
            // Of an ordinary service the entries say nothing.
            let web = try await api.get("/v1/health/service/web").index
            #expect(try await api.get("/v1/health/service/web?merge-central-config").index == web)
            #expect(try await api.get(path).index == plain)
            let later = try await api.get("\(path)?index=\(plain)&wait=10ms")
            #expect(later.index == plain)
        }
    }

    @Test("the reads that keep their bodies leave these to the others")
    func kept() async throws {
        try await TestAPI.run { api in
            try await fill(api)
            let path = "/v1/health/service/web-proxy"
            // Kept now, and asked for at the same index.
            for _ in 0..<2 { #expect(try await api.get(path).text.contains("http") == false) }
            let merged = try await api.get(path + "?merge-central-config").text
            #expect(merged.contains(#""protocol":"http""#))
            #expect(try await api.get(path + "?peer=east").text == "[]")
            #expect(try await api.get(path).text.contains("http") == false)
        }
    }

    @Test(
        "?peer= answers what a peer exports: there is none, so that it is nothing, at index 1",
        arguments: [
            "/v1/health/service/web", "/v1/health/connect/web", "/v1/catalog/service/web",
            "/v1/catalog/connect/web", "/v1/internal/ui/services",
        ]
    )
    func peer(path: String) async throws {
        try await TestAPI.run { api in
            try await fill(api)
            #expect(try await api.get(path + "?peer=").json.count > 0)
            let reply = try await api.get(path + "?peer=east&merge-central-config")
            #expect(reply.status == 200 && reply.text == "[]" && reply.index == 1)
            #expect(reply["X-Consul-KnownLeader"] == "true")
            // Nothing that happens here concerns it.
            let late = try await api.get(path + "?peer=east&index=1&wait=10ms")
            #expect(late.text == "[]" && late.index == 1)
        }
    }

    @Test("where Consul does not look at ?peer= it changes nothing; a node of a peer is absent")
    func elsewhere() async throws {
        try await TestAPI.run { api in
            try await fill(api)
            for path in [
                "/v1/health/ingress/web", "/v1/health/node/n1", "/v1/health/checks/web",
                "/v1/health/state/any", "/v1/catalog/nodes", "/v1/catalog/services",
                "/v1/catalog/node/n", "/v1/internal/ui/nodes",
            ] {
                let own = try await api.get(path).text
                #expect(try await api.get(path + "?peer=east").text == own, "\(path)")
            }
            let node = try await api.get("/v1/internal/ui/node/n?peer=east")
            #expect(node.status == 404 && node.text.isEmpty)
            #expect(try await api.get("/v1/internal/ui/node/n").status == 200)
        }
    }

    @Test(
        "sameness groups are refused, and never go with a peer",
        arguments: ["service", "connect", "ingress"]
    )
    func samenessGroup(kind: String) async throws {
        try await TestAPI.run { api in
            try await fill(api)
            let path = "/v1/health/\(kind)/web"
            for name in ["sg", "sameness-group"] {
                let reply = try await api.get("\(path)?\(name)=all")
                #expect(reply.status == 500)
                #expect(reply.text == "sameness groups are not supported in consul CE")
                let both = try await api.get("\(path)?\(name)=all&peer=east")
                #expect(both.status == 400)
                #expect(both.text == "peer-name and sameness-group are mutually exclusive")
                #expect(try await api.get("\(path)?\(name)=").json.count == 1)
            }
        }
    }

    @Test("a terminating gateway is listed among those by which a service is reached, after them")
    func terminatingGateway() async throws {
        try await TestAPI.run { api in
            try await fill(api)
            let body =
                #"{"Node":"a","Address":"10.0.0.2","Service":{"ID":"t","Service":"tgw","#
                + #""Kind":"terminating-gateway","Port":8443}}"#
            #expect(try await api.put("/v1/catalog/register", body).text == "true")
            let before = try await api.get("/v1/health/connect/web")
            #expect(before.json.count == 1)
            @Sendable func link(_ services: String) async throws {
                let entry =
                    #"{"Kind":"terminating-gateway","Name":"tgw","Services":[\#(services)]}"#
                #expect(try await api.put("/v1/config", entry).text == "true")
            }
            // Whoever waits hears of the link, and of its end.
            let path = "/v1/health/connect/web?wait=1m&index="
            let linked = try await api.blocked(path + "\(before.index)") {
                try await link(#"{"Name":"Web"}"#)
            }
            #expect((0..<linked.json.count).map { linked.json[$0]["Service"]["ID"] } == ["p", "t"])
            let flat = try await api.get("/v1/catalog/connect/web").json
            #expect((0..<flat.count).map { flat[$0]["ServiceID"] } == ["p", "t"])
            // Defaults do not concern the links; a change of the gateway does.
            #expect(try await api.get("/v1/health/connect/web").index == linked.index)
            try await write(api, "web", "tcp")
            #expect(try await api.get("/v1/health/connect/web").index == linked.index)
            let changed = try await api.blocked(path + "\(linked.index)") {
                try await api.put("/v1/catalog/register", body.replacing("8443", with: "8444"))
            }
            #expect(changed.json[1]["Service"]["Port"] == 8444)
            let unlinked = try await api.blocked(path + "\(changed.index)") {
                let entry = "/v1/config/terminating-gateway/tgw"
                _ = try await api.send(.delete, entry)
            }
            #expect(unlinked.json.count == 1 && unlinked.index > changed.index)
        }
    }
}
