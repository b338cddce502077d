// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import StateStore
import Testing

@testable import HTTPAPI

@Suite("The kinds of config entries")
struct ConfigEntryKindTests {
    private static func defaults(_ name: String, _ spoken: String) -> String {
        #"{"Kind":"service-defaults","Name":"\#(name)","Protocol":"\#(spoken)"}"#
    }

    @Test("proxy-defaults: one entry, whose Config keeps its spelling")
    func proxyDefaults() async throws {
        try await TestAPI.run { api in
            let body = #"{"kind":"proxy-defaults","config":{"local_timeout_ms":10,"aB":{"c":[1]}}}"#
            #expect(try await api.put("/v1/config", body).text == "true")
            #expect(
                try await api.get("/v1/config/proxy-defaults/global").text
                    == #"{"Kind":"proxy-defaults","Name":"global","Config":{"local_timeout_ms":10,"#
                    + #""aB":{"c":[1]}},"TransparentProxy":{},"MeshGateway":{},"Expose":{},"#
                    + #""AccessLogs":{},"CreateIndex":2,"ModifyIndex":2}"#
            )
            let other = try await api.put("/v1/config", #"{"Kind":"proxy-defaults","Name":"x"}"#)
            #expect(other.status == 500)
            #expect(other.text == #"invalid name ("x"), only "global" is supported"#)
            #expect(try await api.send(.delete, "/v1/config/proxy-defaults/x").status == 500)
            #expect(try await api.send(.delete, "/v1/config/proxy-defaults/global").status == 200)
            #expect(try await api.get("/v1/config/proxy-defaults").text == "[]")
        }
    }

    @Test("service-defaults: the peer of an override is given back, an empty one as well")
    func peersOfUpstreams() async throws {
        try await TestAPI.run { api in
            let body =
                #"{"kind":"service-defaults","name":"web","upstream_config":{"overrides":["#
                + #"{"name":"db","peer":"east","protocol":"http"},{"name":"db"}]}}"#
            let written = try await api.put("/v1/config", body)
            #expect(written.text == "true")
            #expect(
                try await api.get("/v1/config/service-defaults/web").text.contains(
                    #""UpstreamConfig":{"Overrides":[{"Name":"db","Peer":"east","#
                        + #""Protocol":"http","MeshGateway":{}},"#
                        + #"{"Name":"db","Peer":"","MeshGateway":{}}]}"#
                )
            )
        }
    }

    @Test("mesh: one entry without a name; empty parts are left out")
    func mesh() async throws {
        try await TestAPI.run { api in
            let body =
                #"{"Kind":"mesh","transparent_proxy":{"mesh_destinations_only":true},"TLS":{"#
                + #""Incoming":{"tls_min_version":"TLSv1_2"}},"Peering":{},"Meta":{"a":"b"}}"#
            #expect(try await api.put("/v1/config", body).text == "true")
            #expect(
                try await api.get("/v1/config/mesh/mesh").text
                    == #"{"Kind":"mesh","TransparentProxy":{"MeshDestinationsOnly":true},"TLS":{"#
                    + #""Incoming":{"TLSMinVersion":"TLSv1_2"}},"Meta":{"a":"b"},"#
                    + #""CreateIndex":2,"ModifyIndex":2}"#
            )
            let named = try await api.put("/v1/config", #"{"Kind":"mesh","Name":"other"}"#)
            #expect(named.status == 500 && named.text.contains(#"only "mesh" is supported"#))
        }
    }

    @Test("exported-services: its name is default, and every service has somebody who sees it")
    func exportedServices() async throws {
        try await TestAPI.run { api in
            func write(_ name: String, _ services: String) async throws -> Reply {
                try await api.put(
                    "/v1/config",
                    #"{"Kind":"exported-services","Name":"\#(name)","Services":[\#(services)]}"#
                )
            }
            let web = #"{"Name":"web","Consumers":[{"Peer":"east"}]}"#
            #expect(try await write("default", web).text == "true")
            #expect(
                try await api.get("/v1/config/exported-services/default").text
                    == #"{"Kind":"exported-services","Name":"default","Services":[{"Name":"web","#
                    + #""Consumers":[{"Peer":"east"}]}],"CreateIndex":2,"ModifyIndex":2}"#
            )
            for (name, services, text) in [
                ("other", web, #"exported-services Name must be "default""#),
                ("default", #"{"Consumers":[{"Peer":"a"}]}"#, "service name cannot be empty"),
                ("default", #"{"Name":"a"}"#, "Services[0]: must have at least one consumer"),
                (
                    "default", web + #",{"Name":"a","Consumers":[{}]}"#,
                    "Services[1].Consumers[0]: must define at least one of Peer, Partition, or"
                ),
                (
                    "default", #"{"Name":"a","Consumers":[{"Peer":"a","Partition":"b"}]}"#,
                    "Services[0].Consumers[0]: must define at most one of"
                ),
            ] {
                let reply = try await write(name, services)
                #expect(reply.status == 500 && reply.text.contains(text), "\(reply.text)")
            }
        }
    }

    @Test("members of every depth may be spelled in snake_case and come back in Consul's spelling")
    func depth() async throws {
        try await TestAPI.run { api in
            try await api.put("/v1/config", Self.defaults("web", "http"))
            let router =
                #"{"kind":"service-router","name":"web","routes":[{"match":{"http":{"#
                + #""path_prefix":"/a","header":[{"name":"x","exact":"1"}]}},"destination":{"#
                + #""service":"api","num_retries":2,"request_timeout":"5s","#
                + #""retry_on_status_codes":[503]}}]}"#
            #expect(try await api.put("/v1/config", router).text == "true")
            let routes = try await api.get("/v1/config/service-router/web").json["Routes"]
            #expect(
                routes.compactText
                    == #"[{"Destination":{"NumRetries":2,"RequestTimeout":"5s","#
                    + #""RetryOnStatusCodes":[503],"Service":"api"},"Match":{"HTTP":{"Header":[{"#
                    + #""Exact":"1","Name":"x"}],"PathPrefix":"/a"}}}]"#
            )
            let wrong = #"{"Kind":"service-router","Name":"web","Routes":[{"Match":{"X":1}}]}"#
            let refused = try await api.put("/v1/config", wrong)
            #expect(refused.text.contains(#"invalid config key "Routes[0].Match.X""#))
        }
    }

    @Test("plain values convert; a block stands for a list of one, and a list of one for a block")
    func weak() async throws {
        try await TestAPI.run { api in
            let resolver =
                #"{"Kind":"service-resolver","Name":"r","Subsets":{"v":{"OnlyPassing":"true"}},"#
                + #""Redirect":[{"Service":7}],"LoadBalancer":{"Policy":"ring_hash","#
                + #""RingHashConfig":{"MinimumRingSize":"3"},"HashPolicies":{"SourceIP":1}}}"#
            #expect(try await api.put("/v1/config", resolver).text == "true")
            let json = try await api.get("/v1/config/service-resolver/r").json
            #expect(json["Subsets"]["v"]["OnlyPassing"] == true)
            #expect(json["Redirect"]["Service"] == "7")
            #expect(json["LoadBalancer"]["RingHashConfig"]["MinimumRingSize"] == 3)
            #expect(json["LoadBalancer"]["HashPolicies"][0]["SourceIP"] == true)
            let bad = #"{"Kind":"service-defaults","Name":"r","MaxInboundConnections":"many"}"#
            let refused = try await api.put("/v1/config", bad)
            #expect(refused.status == 400)
            #expect(refused.text.contains("'MaxInboundConnections' expected an integer"))
        }
    }

    @Test("requests are routed and split only for a protocol that has them, whoever says which")
    func protocols() async throws {
        try await TestAPI.run { api in
            let router = #"{"Kind":"service-router","Name":"web"}"#
            let refusal =
                #"discovery chain "web" uses a protocol "tcp" that does not permit advanced "#
                + "routing or splitting behavior"
            func expectRefused(_ reply: Reply, _ at: SourceLocation = #_sourceLocation) {
                #expect(reply.status == 500, sourceLocation: at)
                #expect(reply.text == refusal, sourceLocation: at)
            }
            expectRefused(try await api.put("/v1/config", router))
            let all = #"{"Kind":"proxy-defaults","Name":"global","Config":{"protocol":"http"}}"#
            #expect(try await api.put("/v1/config", all).text == "true")
            #expect(try await api.put("/v1/config", router).text == "true")
            // The router leans on the defaults of all.
            let none = #"{"Kind":"proxy-defaults","Name":"global"}"#
            expectRefused(try await api.put("/v1/config", none))
            expectRefused(try await api.send(.delete, "/v1/config/proxy-defaults/global"))
            expectRefused(try await api.put("/v1/config", Self.defaults("WEB", "tcp")))
            #expect(try await api.put("/v1/config", Self.defaults("web", "grpc")).text == "true")
            #expect(try await api.send(.delete, "/v1/config/proxy-defaults/global").status == 200)
            expectRefused(try await api.send(.delete, "/v1/config/service-defaults/web"))
            #expect(try await api.send(.delete, "/v1/config/service-router/web").status == 200)
            #expect(try await api.send(.delete, "/v1/config/service-defaults/web").status == 200)
            let splitter =
                #"{"Kind":"service-splitter","Name":"web","Splits":[{"Weight":100}]}"#
            expectRefused(try await api.put("/v1/config", splitter))
        }
    }
}
