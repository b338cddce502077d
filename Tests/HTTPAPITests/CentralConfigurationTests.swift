// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore
import Testing

@testable import HTTPAPI

@Suite("What config entries say of proxies and gateways")
struct CentralConfigurationTests {
    /// A state with defaults of all proxies and of services, each the members of an entry.
    private static func store(
        global: String? = nil,
        _ services: KeyValuePairs<String, String> = [:]
    ) throws -> StateStore {
        let catalog = TestCatalog()
        let entries =
            (global.map { [("proxy-defaults", "global", $0)] } ?? [])
            + services.map { ("service-defaults", $0.key, $0.value) }
        for (kind, name, members) in entries {
            let separator = members == "{}" ? "" : ","
            let text = #"{"Kind":"\#(kind)","Name":"\#(name)"\#(separator)"# + members.dropFirst()
            var (row, content) = try ConfigEntryBody.entry(JSONParser.parse(Array(text.utf8)))
            row.contentJSON = content.value.orderedText
            try catalog.apply(.configEntry(ConfigEntryChange(row)))
        }
        return catalog.snapshot()
    }

    /// The proxy of a service as it is shown once it is completed, as JSON text; empty for a
    /// service that nothing is said of.
    private static func shown(
        _ proxy: String,
        kind: String = "connect-proxy",
        name: String = "web-proxy",
        in store: StateStore
    ) throws -> String {
        var service = ServiceRow(node: "n", id: "p", name: name, kind: kind)
        service.proxy = try ProxyBody.proxy(JSONParser.parse(Array(proxy.utf8)))
        var central = CentralConfiguration(store)
        guard central.complete(&service) else { return "" }
        var writer = JSONWriter()
        ProxyObject.writeStored(service.proxy, to: &writer)
        return String(decoding: writer.text, as: UTF8.self)
    }

    private static let web = #"{"DestinationServiceName":"web"}"#

    @Test("a sidecar goes by the defaults of its service, over those of all proxies")
    func members() throws {
        let store = try Self.store(
            global: #"{"Config":{"protocol":"tcp","a":1,"max_inbound_connections":9},"#
                + #""Mode":"direct","MeshGateway":{"Mode":"local"},"TransparentProxy":{"#
                + #""OutboundListenerPort":15001},"MutualTLSMode":"permissive","Expose":{"#
                + #""Paths":[{"Path":"/g"}]},"AccessLogs":{"Enabled":true,"Type":"file"}}"#,
            [
                "Web": #"{"Protocol":"http","Mode":"transparent","MeshGateway":{"Mode":"remote"},"#
                    + #""TransparentProxy":{"DialedDirectly":true},"MutualTLSMode":"strict","#
                    + #""Expose":{"Checks":true},"MaxInboundConnections":5,"#
                    + #""LocalConnectTimeoutMs":6,"LocalRequestTimeoutMs":7,"#
                    + #""BalanceInboundConnections":"exact_balance"}"#,
                "web-proxy": #"{"Protocol":"grpc"}"#,
            ]
        )
        #expect(
            try Self.shown(Self.web, in: store)
                == #"{"DestinationServiceName":"web","Mode":"transparent","Config":{"a":1,"#
                + #""balance_inbound_connections":"exact_balance","local_connect_timeout_ms":6,"#
                + #""local_request_timeout_ms":7,"max_inbound_connections":5,"protocol":"http"},"#
                + #""Upstreams":[{"CentrallyConfigured":true,"Config":{"mesh_gateway":{"#
                + #""Mode":"remote"}},"Datacenter":"","DestinationName":"*","#
                + #""DestinationNamespace":"default","DestinationPartition":"default","#
                + #""DestinationType":"","MeshGateway":{"Mode":"remote"}}],"#
                + #""MeshGateway":{"Mode":"remote"},"Expose":{"Paths":[{"Path":"/g"}],"#
                + #""Checks":true},"TransparentProxy":{"OutboundListenerPort":15001,"#
                + #""DialedDirectly":true},"MutualTLSMode":"strict","AccessLogs":{"Enabled":true,"#
                + #""Type":"file"}}"#
        )
        // Without defaults of its own it has those of all.
        #expect(
            try Self.shown(#"{"DestinationServiceName":"db"}"#, in: store)
                == #"{"DestinationServiceName":"db","Mode":"direct","Config":{"a":1,"#
                + #""max_inbound_connections":9,"protocol":"tcp"},"MeshGateway":{"Mode":"local"},"#
                + #""Expose":{"Paths":[{"Path":"/g"}]},"TransparentProxy":{"#
                + #""OutboundListenerPort":15001},"MutualTLSMode":"permissive","AccessLogs":{"#
                + #""Enabled":true,"Type":"file"}}"#
        )
    }

    @Test("a registration goes before all defaults, within objects too; Go's zero values do not")
    func registration() throws {
        let store = try Self.store(
            global: #"{"Config":{"a":1,"b":2,"in":{"x":1,"y":2},"list":[1]},"Mode":"transparent","#
                + #""MeshGateway":{"Mode":"local"},"MutualTLSMode":"strict","Expose":{"#
                + #""Checks":true,"Paths":[{"Path":"/g"}]},"TransparentProxy":{"#
                + #""OutboundListenerPort":1,"DialedDirectly":true},"AccessLogs":{"Enabled":true,"#
                + #""Type":"file"}}"#
        )
        let registered =
            #"{"destination_service_id":"w","mode":"direct","config":{"a":7,"b":0,"in":{"x":9},"#
            + #""list":[2]},"mesh_gateway":{"mode":"none"},"mutual_tls_mode":"permissive","#
            + #""expose":{"paths":[{"path":"/own","listener_port":3}]},"transparent_proxy":{"#
            + #""outbound_listener_port":4},"access_logs":{"type":"stdout"},"#
            + #""local_service_socket_path":"/s"}"#
        #expect(
            try Self.shown(registered, in: store)
                == #"{"DestinationServiceID":"w","Mode":"direct","Config":{"a":7,"b":2,"in":{"#
                + #""x":9,"y":2},"list":[2]},"MeshGateway":{"Mode":"none"},"Expose":{"Paths":["#
                + #"{"ListenerPort":3,"Path":"/own"}],"Checks":true},"#
                + #""LocalServiceSocketPath":"/s","TransparentProxy":{"OutboundListenerPort":4,"#
                + #""DialedDirectly":true},"MutualTLSMode":"permissive","AccessLogs":{"#
                + #""Enabled":true,"Type":"stdout"}}"#
        )
    }

    @Test("extensions: those of all proxies, then the service's; never the registration's")
    func extensions() throws {
        let proxy = #"{"DestinationServiceName":"web","EnvoyExtensions":[{"Name":"own"}]}"#
        #expect(try Self.shown(proxy, in: Self.store()).contains("EnvoyExtensions") == false)
        let store = try Self.store(
            global: #"{"EnvoyExtensions":[{"Name":"g","Required":true,"ConsulVersion":">1"}]}"#,
            ["web": #"{"EnvoyExtensions":[{"Name":"s","Arguments":{"a_b":1}}]}"#]
        )
        #expect(
            try Self.shown(proxy, in: store).contains(
                #""EnvoyExtensions":[{"Name":"g","Required":true,"Arguments":null},"#
                    + #"{"Name":"s","Arguments":{"a_b":1}}]"#
            )
        )
    }

    @Test("gateways go by their own name; other services and stray proxies are left alone")
    func kinds() throws {
        let store = try Self.store(["gw": #"{"Protocol":"http"}"#, "web": #"{"Protocol":"grpc"}"#])
        for kind in ["mesh-gateway", "terminating-gateway", "ingress-gateway", "api-gateway"] {
            #expect(
                try Self.shown("{}", kind: kind, name: "GW", in: store)
                    == #"{"Mode":"","Config":{"protocol":"http"},"MeshGateway":{},"Expose":{}}"#
            )
        }
        #expect(try Self.shown("{}", kind: "", name: "web", in: store) == "")
        #expect(try Self.shown("{}", name: "web", in: store) == "")
    }

    /// The upstreams of the proxy of web, as it is shown.
    private static func upstreams(
        _ upstreams: String,
        members: String = "",
        in store: StateStore
    ) throws -> String {
        let text = try shown(
            #"{"DestinationServiceName":"web","Upstreams":[\#(upstreams)]\#(members)}"#,
            in: store
        )
        let json = try JSONParser.parse(Array(text.utf8))["Upstreams"]
        return json == .null ? "" : json.compactText
    }

    @Test(
        "the protocol of an upstream: of all, its own, what the service says of it, registered",
        arguments: [
            (#"{"DestinationName":"db"}"#, "http"), (#"{"DestinationName":"cache"}"#, "grpc"),
            (#"{"DestinationName":"said"}"#, "http2"),
            (#"{"destination_name":"said","config":{"protocol":"tcp"}}"#, "tcp"),
        ]
    )
    func protocols(upstream: String, spoken: String) throws {
        let store = try Self.store(
            global: #"{"Config":{"protocol":"HTTP"}}"#,
            [
                "cache": #"{"Protocol":"grpc"}"#, "said": #"{"Protocol":"grpc"}"#,
                "web": #"{"Protocol":"tcp","UpstreamConfig":{"Overrides":[{"Name":"said","#
                    + #""Protocol":"http2"}]}}"#,
            ]
        )
        let shown = try Self.upstreams(upstream, in: store)
        #expect(shown.contains(#""protocol":"\#(spoken)"}"#), "\(shown)")
    }

    @Test("defaults and overrides of upstreams, and what is registered before them")
    func overrides() throws {
        let store = try Self.store([
            "web": #"{"UpstreamConfig":{"Defaults":{"ConnectTimeoutMs":5,"#
                + #""Limits":{"MaxConnections":3}},"Overrides":[{"Name":"db","#
                + #""ConnectTimeoutMs":6,"EnvoyListenerJSON":"l","EnvoyClusterJSON":"c","#
                + #""PassiveHealthCheck":{"MaxFailures":2},"BalanceOutboundConnections":"#
                + #""exact_balance","MeshGateway":{"Mode":"remote"}}]}}"#
        ])
        #expect(
            try Self.upstreams(#"{"DestinationName":"db","LocalBindPort":1}"#, in: store)
                == #"[{"Config":{"balance_outbound_connections":"exact_balance","#
                + #""connect_timeout_ms":6,"envoy_cluster_json":"c","envoy_listener_json":"l","#
                + #""limits":{"MaxConnections":3},"passive_health_check":{"MaxFailures":2}},"#
                + #""DestinationName":"db","LocalBindPort":1,"MeshGateway":{"Mode":"remote"}}]"#
        )
        let own =
            #"{"DestinationName":"db","Config":{"connect_timeout_ms":1,"limits":{"max":1}},"#
            + #""MeshGateway":{"Mode":"none"}}"#
        let shown = try Self.upstreams(own, in: store)
        #expect(shown.contains(#""connect_timeout_ms":1"#))
        #expect(shown.contains(#""limits":{"MaxConnections":3,"max":1}"#))
        #expect(shown.contains(#""MeshGateway":{"Mode":"none"}"#))
        // A prepared query is no service; what nothing is said of stays as it is.
        let query = #"{"DestinationName":"db","DestinationType":"prepared_query"}"#
        #expect(try Self.upstreams(query, in: store) == "[\(query)]")
    }

    @Test("the protocol of a peer's service is left to the peer; the name alone finds its override")
    func peers() throws {
        let store = try Self.store(
            global: #"{"Config":{"protocol":"http"}}"#,
            ["web": #"{"UpstreamConfig":{"Overrides":[{"Name":"db","ConnectTimeoutMs":6}]}}"#]
        )
        let peer = #"{"DestinationName":"db","DestinationPeer":"east"}"#
        #expect(
            try Self.upstreams(peer, in: store)
                == #"[{"Config":{"connect_timeout_ms":6},"DestinationName":"db","#
                + #""DestinationPeer":"east"}]"#
        )
    }

    @Test("once an override names a peer, each holds for the service of its own peer alone")
    func peersOfOverrides() throws {
        let store = try Self.store([
            "web": #"{"UpstreamConfig":{"Overrides":[{"Name":"db","ConnectTimeoutMs":6},"#
                + #"{"Name":"db","Peer":"east","ConnectTimeoutMs":7}]}}"#
        ])
        for (peer, config) in [
            ("", #""Config":{"connect_timeout_ms":6},"#),
            ("east", #""Config":{"connect_timeout_ms":7},"#), ("west", ""),
        ] {
            let named = peer.isEmpty ? "" : #","DestinationPeer":"\#(peer)""#
            let shown = try Self.upstreams(#"{"DestinationName":"db"\#(named)}"#, in: store)
            #expect(shown == #"[{\#(config)"DestinationName":"db"\#(named)}]"#, "\(peer)")
        }
    }

    @Test(
        "the gateway of an upstream: each place goes before those above it",
        arguments: [
            ("", "", "", "", "local"), ("remote", "", "", "", "remote"),
            ("remote", "none", "", "", "none"), ("remote", "none", "local", "", "local"),
            ("remote", "none", "local", "remote", "remote"),
        ]
    )
    func gateways(
        service: String,
        defaults: String,
        proxy: String,
        override: String,
        expected: String
    ) throws {
        func mode(_ mode: String) -> String { #""MeshGateway":{"Mode":"\#(mode)"}"# }
        let store = try Self.store(
            global: "{\(mode("local"))}",
            [
                "web": #"{\#(mode(service)),"UpstreamConfig":{"Defaults":{\#(mode(defaults))},"#
                    + #""Overrides":[{"Name":"db",\#(mode(override))}]}}"#
            ]
        )
        let own = proxy.isEmpty ? "" : "," + mode(proxy)
        let upstream = #"{"DestinationName":"db"}"#
        let shown = try Self.upstreams(upstream, members: own, in: store)
        #expect(shown == #"[{"DestinationName":"db","MeshGateway":{"Mode":"\#(expected)"}}]"#)
    }

    @Test("only a transparent proxy gets upstreams that its registration does not name")
    func transparent() throws {
        let settings =
            #""UpstreamConfig":{"Defaults":{"Protocol":"http"},"Overrides":[{"Name":"db"},"#
            + #"{"Name":"cache","ConnectTimeoutMs":6}]}"#
        let plain = try Self.store(["web": "{\(settings)}"])
        #expect(try Self.shown(Self.web, in: plain).contains("Upstreams") == false)
        let named = try Self.upstreams(#"{"DestinationName":"db"}"#, in: plain)
        #expect(named == #"[{"Config":{"protocol":"http"},"DestinationName":"db"}]"#)
        func synthetic(_ name: String, _ config: String) -> String {
            #"{"CentrallyConfigured":true,"Config":{\#(config)},"Datacenter":"","#
                + #""DestinationName":"\#(name)","DestinationNamespace":"default","#
                + #""DestinationPartition":"default","DestinationType":"","MeshGateway":{}}"#
        }
        let spoken = #""protocol":"http""#
        let cache = #""connect_timeout_ms":6,"# + spoken
        let central = try Self.store(["web": #"{"Mode":"transparent",\#(settings)}"#])
        for (store, members) in [(plain, #","Mode":"transparent""#), (central, "")] {
            #expect(
                try Self.upstreams(#"{"DestinationName":"db"}"#, members: members, in: store)
                    == #"[{"Config":{\#(spoken)},"DestinationName":"db"},"#
                    + "\(synthetic("*", spoken)),\(synthetic("cache", cache))]"
            )
        }
    }
}
