// SPDX-License-Identifier: Apache-2.0
import StateStore
import Testing

@testable import HTTPAPI

@Suite("Agent services over HTTP")
struct AgentServiceTests {
    private static let register = "/v1/agent/service/register"

    @Test("API-097 API-098 the smallest registration")
    func smallest() async throws {
        try await TestAPI.run { api in
            let reply = try await api.put(Self.register, #"{"Name": "w1"}"#)
            #expect(reply.status == 200)
            #expect(reply.text == "")
            #expect(reply["Content-Type"] == "application/json")
            let services = try await api.get("/v1/agent/services")
            #expect(services["X-Consul-Index"] == nil)
            #expect(
                services.text == #"{"w1":{"ID":"w1","Service":"w1","Tags":[],"Meta":{},"#
                    + #""Port":0,"Address":"","Weights":{"Passing":1,"Warning":1},"#
                    + #""EnableTagOverride":false,"Datacenter":"dc1"}}"#
            )
        }
    }

    @Test("no services are an empty object")
    func none() async throws {
        try await TestAPI.run { api in
            let services = try await api.get("/v1/agent/services")
            let checks = try await api.get("/v1/agent/checks")
            #expect(services.text == "{}")
            #expect(checks.text == "{}")
        }
    }

    @Test(
        "API-099 API-100 API-101 API-102 API-103 API-104 API-105 API-106 what is refused",
        arguments: [
            (#"{"Port": 1}"#, "Missing service name"),
            (
                #"{"Name": "w2", "Bogus": 1}"#,
                #"Request decode failed: json: unknown field "Bogus""#
            ),
            ("", "Request decode failed: EOF"),
            ("  ", "Request decode failed: EOF"),
            (#"{"Name": "#, "Request decode failed: unexpected EOF"),
            (
                "{bad",
                "Request decode failed: invalid character 'b' looking for beginning of "
                    + "object key string"
            ),
            (
                "[]",
                "Request decode failed: json: cannot unmarshal array into Go value of type "
                    + "structs.ServiceDefinition"
            ),
            (
                #"{"Name": "w2", "Namespace": "x"}"#,
                #"Request decode failed: json: unknown field "Namespace""#
                    + " - Namespaces are a Consul Enterprise feature"
            ),
            (
                #"{"Name": "w2", "Port": "x"}"#,
                "Request decode failed: json: cannot unmarshal string into Go struct field "
                    + "structs.ServiceDefinition.Port of type int"
            ),
            (#"{"Name": "w2", "Address": "0.0.0.0"}"#, "Invalid service address"),
            (
                #"{"Name": "w2", "Check": {"HTTP": "http://127.0.0.1:1/"}}"#,
                "Invalid check: Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or "
                    + "OSService checks"
            ),
            (
                #"{"Name": "w2", "Check": {"HTTP": "http://127.0.0.1:1/", "Interval": "10s", "#
                    + #""TTL": "5s"}}"#,
                "Invalid check: Interval and TTL cannot both be specified"
            ),
            (
                #"{"Name": "w2", "Check": {"TTL": "10"}}"#,
                #"Request decode failed: time: missing unit in duration "10""#
            ),
            (
                #"{"Name": "w2", "Check": {"TTL": "5s", "Status": "odd"}}"#,
                "Status for checks must 'passing', 'warning', 'critical'"
            ),
            (
                #"{"Name": "w2", "Meta": {"consul-x": "1"}}"#,
                "Invalid Service Meta: Couldn't load metadata pair ('consul-x', '1'): "
                    + "Key prefix 'consul-' is reserved for internal use"
            ),
            (
                #"{"Name": "w2", "Weights": {"Passing": 0, "Warning": 1}}"#,
                "Invalid Weights: Passing must be greater than 0"
            ),
        ]
    )
    func refused(body: String, text: String) async throws {
        try await TestAPI.run { api in
            let reply = try await api.put(Self.register, body)
            #expect(reply.status == 400)
            #expect(reply.text == text)
            #expect(try await api.get("/v1/agent/services").text == "{}")
        }
    }

    @Test("API-107 lower-case and snake_case names are understood")
    func spellings() async throws {
        try await TestAPI.run { api in
            let reply = try await api.put(
                Self.register,
                """
                {"name":"w3","id":"w3-1","tags":["a"],"port":80,"enable_tag_override":true,
                 "tagged_addresses":{"lan":{"address":"10.0.0.9","port":81}},
                 "check":{"ttl":"1h30m","deregister_critical_service_after":"10m"}}
                """
            )
            #expect(reply.status == 200)
            let service = try await api.get("/v1/agent/service/w3-1").json
            #expect(service["EnableTagOverride"] == true)
            #expect(service["Port"] == 80)
            #expect(service["TaggedAddresses"]["lan"]["Address"] == "10.0.0.9")
            #expect(service["TaggedAddresses"]["lan"]["Port"] == 81)
        }
    }

    @Test("API-108 the check of a service")
    func check() async throws {
        try await TestAPI.run { api in
            try await api.put(
                Self.register,
                #"{"Name":"w3","ID":"w3-1","Tags":["a"],"Check":{"TTL":"30s"}}"#
            )
            let checks = try await api.get("/v1/agent/checks")
            #expect(
                checks.text == #"{"service:w3-1":{"Node":"n1","CheckID":"service:w3-1","#
                    + #""Name":"Service 'w3' check","Status":"critical","Notes":"","#
                    + #""Output":"","ServiceID":"w3-1","ServiceName":"w3","#
                    + #""ServiceTags":["a"],"Type":"ttl","Interval":"0s","Timeout":"0s","#
                    + #""ExposedPort":0,"Definition":{},"CreateIndex":0,"ModifyIndex":0}}"#
            )
        }
    }

    @Test("API-109 several checks, which go with the service")
    func severalChecks() async throws {
        try await TestAPI.run { api in
            try await api.put(
                Self.register,
                #"{"Name":"w4","Checks":[{"TTL":"30s"},{"TTL":30000000000}]}"#
            )
            #expect(
                try await api.get("/v1/agent/checks").json.names
                    == ["service:w4:1", "service:w4:2"]
            )
            try await api.put("/v1/agent/service/deregister/w4")
            #expect(try await api.get("/v1/agent/checks").text == "{}")
            #expect(try await api.get("/v1/health/checks/w4").text == "[]")
        }
    }

    @Test("API-110 a new registration keeps status and output")
    func keepsStatus() async throws {
        try await TestAPI.run { api in
            let body = #"{"Name":"w5","Check":{"TTL":"30s"}}"#
            try await api.put(Self.register, body)
            try await api.put("/v1/agent/check/pass/service:w5?note=fine")
            try await api.put(Self.register, body)
            let check = try await api.get("/v1/agent/checks").json["service:w5"]
            #expect(check["Status"] == "passing")
            #expect(check["Output"] == "fine")
        }
    }

    @Test(
        "API-111 ?replace-existing-checks",
        arguments: [("", 2), ("?replace-existing-checks=true", 1), ("?replace-existing-checks", 1)]
    )
    func replacesChecks(query: String, count: Int) async throws {
        try await TestAPI.run { api in
            try await api.put(
                Self.register,
                #"{"Name":"w","Check":{"CheckID":"a","TTL":"30s"}}"#
            )
            try await api.put(
                Self.register + query,
                #"{"Name":"w","Check":{"CheckID":"b","TTL":"30s"}}"#
            )
            #expect(try await api.get("/v1/agent/checks").json.count == count)
            #expect(try await api.get("/v1/health/checks/w").json.count == count)
        }
    }

    @Test("API-112 an IP address is tagged")
    func taggedAddresses() async throws {
        try await TestAPI.run { api in
            try await api.put(
                Self.register,
                #"{"Name":"w","Address":"10.0.0.9","Port":80}"#
            )
            let tagged = try await api.get("/v1/agent/service/w").json["TaggedAddresses"]
            #expect(tagged.names == ["lan_ipv4", "wan_ipv4"])
            #expect(tagged["wan_ipv4"]["Port"] == 80)
        }
    }

    @Test("API-113 API-126 unknown services")
    func unknown() async throws {
        try await TestAPI.run { api in
            let read = try await api.get("/v1/agent/service/no-such")
            #expect(read.status == 404)
            #expect(read.text == "unknown service ID: no-such")
            let removed = try await api.put("/v1/agent/service/deregister/nope")
            #expect(removed.status == 404)
            #expect(
                removed.text == "Unknown service ID \"nope\". "
                    + "Ensure that the service ID is passed, not the service name."
            )
            #expect(try await api.put("/v1/agent/service/deregister/").status == 500)
        }
    }

    @Test("IDs with slashes, escaped and plain")
    func slashes() async throws {
        try await TestAPI.run { api in
            try await api.put(Self.register, #"{"Name":"w","ID":"scope/name"}"#)
            #expect(try await api.get("/v1/agent/service/scope%2Fname").status == 200)
            #expect(try await api.get("/v1/agent/service/scope/name").status == 200)
            #expect(
                try await api.put("/v1/agent/service/deregister/scope%2Fname").status == 200
            )
        }
    }

    @Test("API-116 API-117 API-118 API-119 API-120 API-121 maintenance of a service")
    func maintenance() async throws {
        try await TestAPI.run { api in
            try await api.put(Self.register, #"{"Name":"w1"}"#)
            let uri = "/v1/agent/service/maintenance/w1"
            let on = try await api.put(uri + "?enable=true&reason=why")
            #expect(on.status == 200)
            #expect(on.text == "")
            let check = try await api.get("/v1/agent/checks").json["_service_maintenance:w1"]
            #expect(check["Status"] == "critical")
            #expect(check["Name"] == "Service Maintenance Mode")
            #expect(check["Notes"] == "why")
            #expect(check["Type"] == "maintenance")
            let missing = try await api.put(uri)
            #expect(missing.status == 400)
            #expect(missing.text == "Missing value for enable")
            let invalid = try await api.put(uri + "?enable=x")
            #expect(invalid.status == 400)
            #expect(invalid.text == "Invalid value for enable: \"x\"")
            #expect(try await api.put(uri + "?enable=false").status == 200)
            #expect(try await api.get("/v1/agent/checks").text == "{}")
            let unknown = try await api.put(
                "/v1/agent/service/maintenance/no-such?enable=true"
            )
            #expect(unknown.status == 404)
            #expect(unknown.text.contains("no-such"))
            let nameless = try await api.put("/v1/agent/service/maintenance/?enable=true")
            #expect(nameless.text == "Missing service ID")
        }
    }

    @Test("API-122 API-123 API-124 maintenance of the node")
    func nodeMaintenance() async throws {
        try await TestAPI.run { api in
            #expect(
                try await api.put("/v1/agent/maintenance?enable=true&reason=r").status == 200
            )
            let check = try await api.get("/v1/agent/checks").json["_node_maintenance"]
            #expect(check["Status"] == "critical")
            #expect(check["Name"] == "Node Maintenance Mode")
            #expect(check["Notes"] == "r")
            #expect(check["ServiceID"] == "")
            #expect(try await api.put("/v1/agent/maintenance?enable=false").status == 200)
            #expect(try await api.get("/v1/agent/checks").text == "{}")
            #expect(
                try await api.put("/v1/agent/maintenance").text == "Missing value for enable"
            )
        }
    }

    @Test("API-125 a service that is gone is gone from agent and catalog")
    func deregister() async throws {
        try await TestAPI.run { api in
            try await api.put(Self.register, #"{"Name":"w1"}"#)
            #expect(try await api.get("/v1/catalog/service/w1").json.count == 1)
            let reply = try await api.put("/v1/agent/service/deregister/w1")
            #expect(reply.status == 200)
            #expect(reply.text == "")
            #expect(try await api.get("/v1/agent/services").text == "{}")
            #expect(try await api.get("/v1/catalog/service/w1").text == "[]")
        }
    }

    @Test("script checks over HTTP need the agent's consent", arguments: [true, false])
    func scripts(allowed: Bool) async throws {
        try await TestAPI.run(identity: TestAPI.identity(scripts: allowed)) { api in
            let reply = try await api.put(
                Self.register,
                #"{"Name":"s","Check":{"Args":["/bin/true"],"Interval":"10s"}}"#
            )
            #expect(reply.status == (allowed ? 200 : 400))
            #expect(allowed || reply.text.contains("Scripts are disabled on this agent"))
        }
    }

    @Test("what only a proxy reads is shown in Consul's order, its empty parts left out")
    func dataPlane() async throws {
        // As it was registered: the extensions of an agent's proxies are those of config entries.
        try await TestAPI.run {
            $0.mergesCentralConfig = false
        } _: { api in
            let full =
                #""local_service_socket_path":"/s","transparent_proxy":{"#
                + #""outbound_listener_port":15001,"dialed_directly":true},"#
                + #""mutual_tls_mode":"strict","access_logs":{"enabled":true,"#
                + #""disable_listener_logs":true,"type":"file","path":"/p","json_format":"j","#
                + #""text_format":"t"},"envoy_extensions":[{"name":"n","required":true,"#
                + #""arguments":{"a_b":[1]},"consul_version":">=1","envoy_version":"2"}]"#
            let empty = #""TransparentProxy":{},"AccessLogs":{"Type":""},"EnvoyExtensions":[]"#
            for (name, members, shown) in [
                (
                    "full", full,
                    #","LocalServiceSocketPath":"/s","TransparentProxy":{"#
                        + #""OutboundListenerPort":15001,"DialedDirectly":true},"#
                        + #""MutualTLSMode":"strict","AccessLogs":{"Enabled":true,"#
                        + #""DisableListenerLogs":true,"Type":"file","Path":"/p","#
                        + #""JSONFormat":"j","TextFormat":"t"},"EnvoyExtensions":[{"Name":"n","#
                        + #""Required":true,"Arguments":{"a_b":[1]},"ConsulVersion":"\u003e=1","#
                        + #""EnvoyVersion":"2"}]}"#
                ), ("empty", empty, "}"),
            ] {
                let body =
                    #"{"Name":"\#(name)","Kind":"connect-proxy","Port":1,"#
                    + #""Proxy":{"DestinationServiceName":"web",\#(members)}}"#
                #expect(try await api.put(Self.register, body).status == 200)
                for path in ["agent", "health"] {
                    let text = try await api.get("/v1/\(path)/service/\(name)").text
                    #expect(text.contains(#""MeshGateway":{},"Expose":{}\#(shown)"#), "\(text)")
                }
            }
        }
    }

    @Test("a proxy keeps its settings, shown by agent and catalog")
    func proxy() async throws {
        try await TestAPI.run { api in
            try await api.put(
                Self.register,
                """
                {"Name":"web-proxy","Kind":"connect-proxy","Port":21000,
                 "Proxy":{"DestinationServiceName":"web","local_service_port":80,
                          "Config":{"b":1,"a":{"x":[1.5,null]}}}}
                """
            )
            let agent = try await api.get("/v1/agent/service/web-proxy").text
            #expect(
                agent.contains(
                    #""Proxy":{"DestinationServiceName":"web","LocalServicePort":80,"#
                        + #""Config":{"a":{"x":[1.5,null]},"b":1},"MeshGateway":{},"Expose":{}}"#
                )
            )
            let catalog = try await api.get("/v1/catalog/service/web-proxy").text
            #expect(
                catalog.contains(
                    #""ServiceProxy":{"DestinationServiceName":"web","LocalServicePort":80,"#
                        + #""Mode":"","Config":"#
                )
            )
        }
    }

    @Test("the agent shows a proxy with what config entries say of it, and wakes when they change")
    func centralConfig() async throws {
        let body =
            #"{"Name":"web-proxy","Kind":"connect-proxy","Port":21000,"#
            + #""Proxy":{"DestinationServiceName":"web","Config":{"own":1}}}"#
        let path = "/v1/agent/service/web-proxy"
        let registered = #""Config":{"own":1}"#
        @Sendable
        func entry(_ spoken: String) -> String {
            #"{"Kind":"service-defaults","Name":"web","Protocol":"\#(spoken)"}"#
        }
        try await TestAPI.run { api in
            try await api.put(Self.register, body)
            try await api.put(Self.register, #"{"Name":"web"}"#)
            let first = try await api.get(path)
            #expect(first.text.contains(registered))
            let hash = try #require(first["X-Consul-ContentHash"])
            let changed = try await api.blocked("\(path)?hash=\(hash)&wait=1m") {
                // Nothing that concerns it.
                try await api.put(
                    "/v1/config",
                    #"{"Kind":"service-defaults","Name":"db","Protocol":"grpc"}"#
                )
                try await api.put("/v1/config", entry("http"))
            }
            #expect(changed.text.contains(#""Config":{"own":1,"protocol":"http"}"#))
            let newHash = try #require(changed["X-Consul-ContentHash"])
            #expect(newHash != hash && changed.json["ContentHash"] == .string(newHash))
            // What is registered stays what was registered.
            for path in ["/v1/agent/services", "/v1/catalog/service/web-proxy"] {
                #expect(try await api.get(path).text.contains(registered), "\(path)")
            }
            #expect(try await api.get("/v1/agent/service/web").text.contains("protocol") == false)
            let moved = try await api.blocked("\(path)?hash=\(newHash)&wait=1m") {
                try await api.put(
                    Self.register,
                    body.replacing("21000", with: "21001")
                )
            }
            #expect(moved.json["Port"] == 21001)
        }
        try await TestAPI.run {
            $0.mergesCentralConfig = false
        } _: { api in
            try await api.put(Self.register, body)
            try await api.put("/v1/config", entry("http"))
            #expect(try await api.get(path).text.contains(registered))
        }
    }
}
