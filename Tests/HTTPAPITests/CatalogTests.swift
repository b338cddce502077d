// SPDX-License-Identifier: Apache-2.0
import StateStore
import Testing

@testable import HTTPAPI

@Suite("The catalog over HTTP")
struct CatalogTests {
    @Test("API-160 datacenters")
    func datacenters() async throws {
        try await TestAPI.run { api in
            let reply = try await api.get("/v1/catalog/datacenters")
            #expect(reply.text == #"["dc1"]"#)
        }
    }

    @Test("API-161 nodes")
    func nodes() async throws {
        try await TestAPI.run { api in
            let nodes = try await api.get("/v1/catalog/nodes")
            #expect(
                nodes.text
                    == #"[{"ID":"\#(TestAPI.nodeID)","Node":"n1","Address":"10.0.0.5","#
                    + #""Datacenter":"dc1","TaggedAddresses":{"lan":"10.0.0.5","#
                    + #""lan_ipv4":"10.0.0.5"},"Meta":{"consul-network-segment":""},"#
                    + #""CreateIndex":1,"ModifyIndex":1}]"#
            )
        }
    }

    @Test("API-162 services")
    func services() async throws {
        try await TestAPI.run { api in
            #expect(try await api.get("/v1/catalog/services").text == #"{"consul":[]}"#)
            try await api.registerExternal()
            #expect(
                try await api.get("/v1/catalog/services").text
                    == #"{"consul":[],"xs":["T2","t1"]}"#
            )
        }
    }

    @Test("API-163 API-164 an external service")
    func externalService() async throws {
        try await TestAPI.run { api in
            try await api.registerExternal()
            #expect(
                try await api.get("/v1/catalog/service/xs").text
                    == #"[{"ID":"","Node":"ext1","Address":"127.0.0.50","Datacenter":"dc1","#
                    + #""TaggedAddresses":null,"NodeMeta":{"z":"1"},"ServiceKind":"","#
                    + #""ServiceID":"xs1","ServiceName":"xs","ServiceTags":["t1","T2"],"#
                    + #""ServiceAddress":"","ServiceWeights":{"Passing":1,"Warning":1},"#
                    + #""ServiceMeta":null,"ServicePort":9,"ServiceSocketPath":"","#
                    + #""ServiceEnableTagOverride":false,"ServiceProxy":{"Mode":"","#
                    + #""MeshGateway":{},"Expose":{}},"ServiceConnect":{},"#
                    + #""ServiceLocality":null,"CreateIndex":2,"ModifyIndex":2}]"#
            )
        }
    }

    @Test(
        "API-165 API-166 tags are ANDed and compared without case",
        arguments: [("tag=t1&tag=t2", 1), ("tag=t1&tag=zz", 0), ("tag=T1", 1), ("tag=", 0)]
    )
    func tags(query: String, count: Int) async throws {
        try await TestAPI.run { api in
            try await api.registerExternal()
            #expect(try await api.get("/v1/catalog/service/xs?\(query)").json.count == count)
            #expect(try await api.get("/v1/health/service/xs?\(query)").json.count == count)
        }
    }

    @Test("API-167 API-168 API-169 API-173 what is not there")
    func absent() async throws {
        try await TestAPI.run { api in
            let service = try await api.get("/v1/catalog/service/none")
            #expect(service.status == 200)
            #expect(service.text == "[]")
            #expect(service.index >= 1)
            let nameless = try await api.get("/v1/catalog/service/")
            #expect(nameless.status == 400)
            #expect(nameless.text == "Missing service name")
            let node = try await api.get("/v1/catalog/node/none")
            #expect(node.status == 200)
            #expect(node.text == "null")
            #expect(
                try await api.get("/v1/catalog/node-services/none").text
                    == #"{"Node":null,"Services":null}"#
            )
            #expect(try await api.get("/v1/catalog/node/").text == "Missing node name")
        }
    }

    @Test("API-170 API-171 API-172 a node with its services")
    func node() async throws {
        try await TestAPI.run { api in
            try await api.registerExternal()
            for name in ["ext1", "EXT1"] {
                let object = try await api.get("/v1/catalog/node/\(name)").json
                #expect(object.names == ["Node", "Services"])
                #expect(object["Node"]["Node"] == "ext1")
                #expect(object["Services"]["xs1"]["Service"] == "xs")
            }
            let list = try await api.get("/v1/catalog/node-services/ext1").json
            #expect(list.names == ["Node", "Services"])
            #expect(list["Node"]["Node"] == "ext1")
            #expect(list["Services"][0]["ID"] == "xs1")
        }
    }

    @Test("a unique prefix of a node ID finds the node")
    func nodeIDPrefix() async throws {
        try await TestAPI.run { api in
            let prefix = TestAPI.nodeID.prefix(13)
            let reply = try await api.get("/v1/catalog/node/\(prefix)")
            #expect(reply.json["Node"]["Node"] == "n1")
            for length in [2, 3, 8, 9, 10, 13, 36] {
                let path = "/v1/catalog/node/\(TestAPI.nodeID.prefix(length).uppercased())"
                #expect(try await api.get(path).json["Node"]["Node"] == "n1", "\(length)")
            }
            // A single character is a name at most.
            for text in ["\(TestAPI.nodeID.prefix(1))", "zz", "\(TestAPI.nodeID)0"] {
                #expect(try await api.get("/v1/catalog/node/\(text)").text == "null", "\(text)")
            }
            let list = try await api.get("/v1/catalog/node-services/\(TestAPI.nodeID.prefix(4))")
            #expect(list.json["Node"]["Node"] == "n1")
        }
    }

    @Test(
        "API-174 API-175 API-176 registrations that are refused",
        arguments: [
            (#"{"Address": "127.0.0.1"}"#, 500, "Must provide node"),
            (
                #"{"Node": "a", "Bogus": 1}"#, 400,
                #"Request decode failed: json: unknown field "Bogus""#
            ),
            (#"{"Node": "a"}"#, 500, "Must provide address if SkipNodeUpdate is not set"),
            (
                #"{"Node": "a", "Address": "x", "ID": "1"}"#, 500,
                "Bad node ID: uuid string is wrong length"
            ),
            (
                #"{"Node": "a", "Address": "x", "Service": {"ID": "s"}}"#, 500,
                "Must provide service name (Service.Service) when service ID is provided"
            ),
            (
                #"{"Node": "ext1", "Address": "127.0.0.50", "#
                    + #""Check": {"CheckID": "k9", "ServiceID": "nosvc"}}"#, 500,
                #"failed inserting check: Missing service registration on node "ext1""#
            ),
            (
                #"{"Node": "ext1", "Address": "x", "Check": {"Node": "other", "Name": "k"}}"#,
                500, #"check node "other" does not match node "ext1""#
            ),
            (#"{"Node": "a", "Address": "x", "Datacenter": "dc9"}"#, 500, "No path to datacenter"),
        ]
    )
    func refused(body: String, status: Int, text: String) async throws {
        try await TestAPI.run { api in
            let reply = try await api.put("/v1/catalog/register", body)
            #expect(reply.status == status)
            #expect(reply.text == text)
        }
    }

    @Test("a node's name that another living node holds is refused")
    func nameTaken() async throws {
        try await TestAPI.run { api in
            let reply = try await api.put(
                "/v1/catalog/register",
                #"{"Node":"n1","Address":"x","ID":"11111111-2222-3333-4444-555555555555"}"#
            )
            #expect(reply.status == 500)
            #expect(reply.text.contains("Node name n1 is reserved by node \(TestAPI.nodeID)"))
        }
    }

    @Test(
        "weights that are none become 1/1 (spec/dns.md 2.5)",
        arguments: [(-1, 3), (0, 1), (70_000, 1), (1, -1), (1, 65_536)]
    )
    func weights(passing: Int, warning: Int) async throws {
        try await TestAPI.run { api in
            let body = """
                {"Node":"a","Address":"10.0.0.1","Service":{"Service":"w",
                "Weights":{"Passing":\(passing),"Warning":\(warning)}}}
                """
            #expect(try await api.put("/v1/catalog/register", body).status == 200)
            let service = try await api.get("/v1/catalog/service/w").json[0]
            #expect(service["ServiceWeights"]["Passing"] == 1)
            #expect(service["ServiceWeights"]["Warning"] == 1)
        }
    }

    @Test("a priority beyond 16 bits is refused")
    func priority() async throws {
        try await TestAPI.run { api in
            let reply = try await api.put(
                "/v1/catalog/register",
                #"{"Node":"a","Address":"10.0.0.1","Service":{"Service":"w","Priority":70000}}"#
            )
            #expect(reply.status == 400 && reply.text.contains("between 0 and 65535"))
        }
    }

    @Test("SkipNodeUpdate creates a node without address")
    func skipNodeUpdate() async throws {
        try await TestAPI.run { api in
            let reply = try await api.put(
                "/v1/catalog/register",
                #"{"Node":"a","SkipNodeUpdate":true}"#
            )
            #expect(reply.text == "true")
            #expect(try await api.get("/v1/catalog/node/a").json["Node"]["Address"] == "")
        }
    }

    @Test("the definition of a check is kept and names its type")
    func checkDefinition() async throws {
        try await TestAPI.run { api in
            try await api.put(
                "/v1/catalog/register",
                """
                {"Node":"a","Address":"x","Checks":[{"Name":"c","Status":"odd",
                 "Definition":{"HTTP":"http://x","Interval":"10s","Timeout":"5s","TTL":"1s"}}]}
                """
            )
            let reply = try await api.get("/v1/health/node/a")
            #expect(reply.json[0]["CheckID"] == "c")
            #expect(reply.json[0]["Status"] == "odd")
            #expect(reply.json[0]["Type"] == "http")
            #expect(
                reply.text.contains(
                    #""Definition":{"Interval":"10s","Timeout":"5s","HTTP":"http://x","#
                        + #""TTL":1000000000}"#
                )
            )
            #expect(
                try await api.get("/v1/health/node/a?pretty").text.contains(
                    "\"Definition\": {\n            \"Interval\": \"10s\","
                )
            )
        }
    }

    @Test("API-179 node metadata select nodes, and the services on them")
    func nodeMeta() async throws {
        try await TestAPI.run { api in
            try await api.registerExternal()
            let nodes = try await api.get("/v1/catalog/nodes?node-meta=z:1").json
            #expect(nodes.count == 1)
            #expect(nodes[0]["Node"] == "ext1")
            #expect(
                try await api.get("/v1/catalog/services?node-meta=z:1").text
                    == #"{"xs":["T2","t1"]}"#
            )
            #expect(try await api.get("/v1/catalog/services?node-meta=z:2").text == "{}")
            #expect(
                try await api.get("/v1/health/state/any?node-meta=z:1").json.count == 1
            )
            #expect(
                try await api.get("/v1/health/service/xs?node-meta=z:1&node-meta=y").text
                    == "[]"
            )
        }
    }

    @Test("API-180 ?near=_agent puts the own node first")
    func near() async throws {
        try await TestAPI.run { api in
            try await api.registerExternal()
            let plain = try await api.get("/v1/catalog/nodes").json
            #expect(plain[0]["Node"] == "ext1")
            for near in ["_agent", "N1"] {
                let sorted = try await api.get("/v1/catalog/nodes?near=\(near)").json
                #expect(sorted[0]["Node"] == "n1")
                #expect(sorted.count == 2)
            }
            let unknown = try await api.get("/v1/catalog/nodes?near=none")
            #expect(unknown.json == plain)
        }
    }

    @Test("API-196 API-197 API-198 deregistrations")
    func deregister() async throws {
        try await TestAPI.run { api in
            let uri = "/v1/catalog/deregister"
            #expect(try await api.put(uri, #"{"Node": "no-such"}"#).text == "true")
            #expect(try await api.put(uri, "{}").text == "Must provide node")
            try await api.registerExternal()
            #expect(
                try await api.put(uri, #"{"Node": "ext1", "ServiceID": "xs1"}"#).text == "true"
            )
            #expect(try await api.get("/v1/catalog/service/xs").text == "[]")
            #expect(try await api.get("/v1/health/node/ext1").text == "[]")
            #expect(try await api.get("/v1/catalog/node/ext1").json["Services"].count == 0)
            try await api.registerExternal()
            #expect(try await api.put(uri, #"{"Node": "ext1"}"#).text == "true")
            #expect(try await api.get("/v1/catalog/node/ext1").text == "null")
            #expect(try await api.get("/v1/catalog/service/xs").text == "[]")
            #expect(try await api.get("/v1/health/node/ext1").text == "[]")
        }
    }
}

@Suite("Health over HTTP")
struct HealthTests {
    @Test(
        "API-181 API-182 API-183 API-185 ?passing and ?tag",
        arguments: [
            ("", 1), ("?passing", 0), ("?passing=1", 0), ("?passing=false", 1), ("?tag=T1", 1),
        ]
    )
    func service(query: String, count: Int) async throws {
        try await TestAPI.run { api in
            try await api.registerExternal()
            let json = try await api.get("/v1/health/service/xs\(query)").json
            #expect(json.count == count)
            if count == 1 {
                #expect(json[0].names == ["Node", "Service", "Checks"])
                #expect(json[0]["Checks"][0]["CheckID"] == "k1")
                #expect(json[0]["Checks"][0]["Status"] == "warning")
            }
        }
    }

    @Test("API-184 ?passing with another value is refused")
    func passingValue() async throws {
        try await TestAPI.run { api in
            let reply = try await api.get("/v1/health/service/xs?passing=zz")
            #expect(reply.status == 400)
            #expect(reply.text == "Invalid value for ?passing")
        }
    }

    @Test("API-186 API-187 API-188 API-189 API-190 API-191 API-192 checks in three lists")
    func checks() async throws {
        try await TestAPI.run { api in
            try await api.registerExternal()
            #expect(try await api.get("/v1/health/service/none").text == "[]")
            let ofService = try await api.get("/v1/health/checks/xs").json
            #expect(ofService[0]["CheckID"] == "k1")
            #expect(ofService[0]["ServiceName"] == "xs")
            let ofNode = try await api.get("/v1/health/node/n1").json
            #expect(ofNode[0]["Name"] == "Serf Health Status")
            #expect(ofNode[0]["Output"] == "Agent alive and reachable")
            #expect(try await api.get("/v1/health/node/none").text == "[]")
            #expect(
                try await api.get("/v1/health/state/warning").json[0]["CheckID"] == "k1"
            )
            #expect(try await api.get("/v1/health/state/any").json.count == 2)
            #expect(try await api.get("/v1/health/state/bogus").text == "[]")
        }
    }

    @Test("names are asked for")
    func missingNames() async throws {
        try await TestAPI.run { api in
            for (path, text) in [
                ("node", "Missing node name"), ("checks", "Missing service name"),
                ("service", "Missing service name"), ("state", "Missing check state"),
            ] {
                let reply = try await api.get("/v1/health/\(path)/")
                #expect(reply.status == 400)
                #expect(reply.text == text)
            }
        }
    }

    @Test("the sample of the specification, octet for octet")
    func sample() async throws {
        try await TestAPI.run { api in
            try await api.put(
                "/v1/agent/service/register",
                #"{"Name":"web","ID":"web-1","Tags":["v1"],"Address":"10.0.0.9","Port":80,"#
                    + #""Check":{"TTL":"30s"}}"#
            )
            try await api.put("/v1/agent/check/pass/service:web-1?note=ok")
            let expected = """
                [{"Node":{"ID":"\(TestAPI.nodeID)","Node":"n1","Address":"10.0.0.5",\
                "Datacenter":"dc1","TaggedAddresses":{"lan":"10.0.0.5","lan_ipv4":"10.0.0.5"},\
                "Meta":{"consul-network-segment":""},"CreateIndex":1,"ModifyIndex":1},\
                "Service":{"ID":"web-1","Service":"web","Tags":["v1"],"Address":"10.0.0.9",\
                "TaggedAddresses":{"lan_ipv4":{"Address":"10.0.0.9","Port":80},\
                "wan_ipv4":{"Address":"10.0.0.9","Port":80}},"Meta":{},"Port":80,\
                "Weights":{"Passing":1,"Warning":1},"EnableTagOverride":false,\
                "Proxy":{"Mode":"","MeshGateway":{},"Expose":{}},"Connect":{},"PeerName":"",\
                "CreateIndex":2,"ModifyIndex":2},\
                "Checks":[{"Node":"n1","CheckID":"serfHealth","Name":"Serf Health Status",\
                "Status":"passing","Notes":"","Output":"Agent alive and reachable",\
                "ServiceID":"","ServiceName":"","ServiceTags":[],"Type":"","Interval":"",\
                "Timeout":"","ExposedPort":0,"Definition":{},"CreateIndex":1,"ModifyIndex":1},\
                {"Node":"n1","CheckID":"service:web-1","Name":"Service 'web' check",\
                "Status":"passing","Notes":"","Output":"ok","ServiceID":"web-1",\
                "ServiceName":"web","ServiceTags":["v1"],"Type":"ttl","Interval":"0s",\
                "Timeout":"0s","ExposedPort":0,"Definition":{},"CreateIndex":2,\
                "ModifyIndex":3}]}]
                """
            let reply = try await api.get("/v1/health/service/web")
            #expect(reply.text == expected)
            #expect(reply.index == 3)
        }
    }
}
