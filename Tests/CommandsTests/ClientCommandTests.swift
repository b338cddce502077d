// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Testing

@testable import Commands

@Suite("Commands that talk to an agent")
struct ClientCommandTests {
    private static let members = """
        [{"Name":"n2","Addr":"10.0.0.2","Port":8301,"Tags":{"role":"node","dc":"dc1","vsn":"2",
        "build":"1.21.4:abc","segment":""},"Status":4},
        {"Name":"n1","Addr":"10.0.0.1","Port":8301,"Tags":{"role":"consul","dc":"dc1","vsn":"2",
        "build":"1.21.4:abc"},"Status":1}]
        """

    @Test("CLI-018 members")
    func members() async {
        let outcome = await run(
            "members",
            replies: ["GET /v1/agent/members?segment=_all": Self.members]
        )
        #expect(outcome.code == 0)
        #expect(
            outcome.output == """
                Node  Address        Status  Type    Build   Protocol  DC   Partition  Segment
                n1    10.0.0.1:8301  alive   server  1.21.4  2         dc1  default    <all>
                n2    10.0.0.2:8301  failed  client  1.21.4  2         dc1  default    <default>

                """
        )
    }

    @Test("CLI-019 no member matches: no output, 2")
    func noMember() async {
        let replies = ["GET /v1/agent/members?segment=_all": Self.members]
        let outcome = await run("members", "-status=left|leav.*", replies: replies)
        #expect(outcome.code == 2)
        #expect(outcome.output == "")
        let failed = await run("members", "-status=fail.*", replies: replies)
        #expect(failed.code == 0)
        #expect(failed.output.contains("n2"))
        #expect(!failed.output.contains("n1 "))
        // The expression may be found anywhere, unless it says otherwise.
        let part = await run("members", "-status=ail", replies: replies)
        #expect(part.code == 0 && part.output.contains("n2") && !part.output.contains("n1 "))
        #expect(await run("members", "-status=^ail", replies: replies).code == 2)
        #expect(
            await run("members", "-status=(", replies: replies).errors
                .hasPrefix("Failed to compile status regexp: ")
        )
    }

    @Test("a partition is passed on, which the agent refuses")
    func partition() async {
        let replies = ["GET /v1/agent/members?partition=p&segment=_all": Self.members]
        for (arguments, environment) in [
            (["members", "-partition=p"], [:]), (["members"], ["CONSUL_PARTITION": "p"]),
            (["members", "-partition", "p"], ["CONSUL_PARTITION": "q"]),
        ] as [([String], [String: String])] {
            let outcome = await run(arguments, environment: environment, replies: replies)
            #expect(outcome.code == 0, "\(outcome.errors)")
        }
    }

    @Test("CLI-020 members -detailed: sorted tags")
    func detailedMembers() async {
        let outcome = await run(
            "members",
            "-detailed",
            replies: ["GET /v1/agent/members?segment=_all": Self.members]
        )
        let lines = outcome.output.split(separator: "\n")
        #expect(lines[0] == "Node  Address        Status  Tags")
        #expect(
            lines[1] == "n1    10.0.0.1:8301  alive   ap=default,build=1.21.4:abc,dc=dc1,"
                + "role=consul,segment=<all>,vsn=2"
        )
        #expect(lines[2].hasSuffix("role=node,segment=<default>,vsn=2"))
        let named = await run(
            "members",
            "-segment=s",
            replies: ["GET /v1/agent/members?segment=s": Self.members]
        )
        #expect(named.output.split(separator: "\n")[1].hasSuffix("default    <default>"))
    }

    @Test("members of the wide area have no segment")
    func wan() async {
        #expect(await run("members", "-wan").requests == ["GET /v1/agent/members?wan=1"])
    }

    private static let nodes = """
        [{"ID":"b0123456-0000-0000-0000-000000000000","Node":"n2","Address":"10.0.0.2",
        "Datacenter":"dc1","TaggedAddresses":null,"Meta":null},
        {"ID":"a0123456-0000-0000-0000-000000000000","Node":"n1","Address":"10.0.0.1",
        "Datacenter":"dc1","TaggedAddresses":{"wan":"1.2.3.4","lan":"10.0.0.1"},"Meta":{"k":"v"}}]
        """

    @Test("CLI-021 catalog nodes: eight characters of the ID, by name")
    func nodes() async {
        let outcome = await run("catalog", "nodes", replies: ["GET /v1/catalog/nodes": Self.nodes])
        #expect(
            outcome.output == """
                Node  ID        Address   DC
                n1    a0123456  10.0.0.1  dc1
                n2    b0123456  10.0.0.2  dc1

                """
        )
    }

    @Test("a filter may stand in a file or come through standard input")
    func filterSources() async {
        let replies = ["GET /v1/catalog/nodes?filter=Node%20%3D%3D%20n1": Self.nodes]
        for source in ["Node == n1", "@f", "-"] {
            let outcome = await run(
                "catalog",
                "nodes",
                "-filter",
                source,
                files: ["f": "Node == n1"],
                input: "Node == n1",
                replies: replies
            )
            #expect(outcome.code == 0, "\(source): \(outcome.errors)")
        }
        let absent = await run("catalog", "nodes", "-filter=@none")
        #expect(absent.code == 1 && absent.requests.isEmpty)
        #expect(
            absent.errors == "Could not process filter argument: Failed to read file: open none: "
                + "no such file or directory\n"
        )
    }

    @Test("CLI-022 catalog nodes -detailed")
    func detailedNodes() async {
        let outcome = await run(
            "catalog",
            "nodes",
            "-detailed",
            replies: ["GET /v1/catalog/nodes": Self.nodes]
        )
        let lines = outcome.output.split(separator: "\n")
        #expect(
            lines[0].split(separator: " ") == [
                "Node", "ID", "Address", "DC", "TaggedAddresses", "Meta",
            ]
        )
        #expect(lines[1].hasPrefix("n1    a0123456-0000-0000-0000-000000000000  10.0.0.1  dc1  "))
        #expect(lines[1].hasSuffix("lan=10.0.0.1, wan=1.2.3.4  k=v"))
    }

    @Test("catalog nodes with everything asks the agent for it; -near keeps its order")
    func nodeQueries() async {
        let path = "GET /v1/catalog/nodes?dc=dc2&near=n2&node-meta=a%3A1&stale="
        let outcome = await run(
            "catalog",
            "nodes",
            "-near=n2",
            "-node-meta=a=1",
            "-datacenter=dc2",
            "-stale",
            replies: [path: Self.nodes]
        )
        #expect(outcome.requests == [path])
        #expect(outcome.output.split(separator: "\n")[1].hasPrefix("n2"))
    }

    @Test("catalog nodes of a service; none")
    func nodesOfService() async {
        let instance =
            #"[{"ID":"a0123456","Node":"n1","Address":"x","Datacenter":"dc1"},{"ID":"a0123456","Node":"n1","Address":"x","Datacenter":"dc1"}]"#
        let found = await run(
            "catalog",
            "nodes",
            "-service=a b",
            replies: ["GET /v1/catalog/service/a%20b": instance]
        )
        #expect(found.output.split(separator: "\n").count == 2)
        let none = await run("catalog", "nodes", replies: ["GET /v1/catalog/nodes": "[]"])
        #expect(none.code == 0)
        #expect(none.output == "No nodes match the given query - try expanding your search.\n")
    }

    @Test("CLI-024 catalog services, sorted, with tags")
    func services() async {
        let replies = ["GET /v1/catalog/services": #"{"web":["v1","prod","v1"],"consul":[]}"#]
        #expect(await run("catalog", "services", replies: replies).output == "consul\nweb\n")
        #expect(
            await run("catalog", "services", "-tags", replies: replies).output
                == "consul\nweb         prod,v1\n"
        )
        let none = await run("catalog", "services", replies: ["GET /v1/catalog/services": "{}"])
        #expect(none.output == "" && none.code == 0)
    }

    @Test("catalog services of a node")
    func servicesOfNode() async {
        let reply =
            #"{"Node":{},"Services":{"w1":{"Service":"web","Tags":["a"]},"w2":{"Service":"web","Tags":["b"]}}}"#
        let outcome = await run(
            "catalog",
            "services",
            "-node=n1",
            "-tags",
            replies: ["GET /v1/catalog/node/n1": reply]
        )
        #expect(outcome.output == "web      a,b\n")
        let unknown = await run(
            "catalog",
            "services",
            "-node=n1",
            replies: ["GET /v1/catalog/node/n1": "null"]
        )
        #expect(unknown.output == "" && unknown.code == 0)
    }

    @Test("catalog datacenters")
    func datacenters() async {
        let outcome = await run(
            "catalog",
            "datacenters",
            replies: ["GET /v1/catalog/datacenters": #"["dc1","dc2"]"#]
        )
        #expect(outcome.output == "dc1\ndc2\n")
    }

    @Test("CLI-028 maint")
    func maintenance() async {
        let on = "PUT /v1/agent/maintenance?enable=true&reason=why"
        #expect(
            await run("maint", "-enable", "-reason", "why", replies: [on: ""]).output
                == "Node maintenance is now enabled\n"
        )
        let off = "PUT /v1/agent/maintenance?enable=false"
        #expect(
            await run("maint", "-disable", replies: [off: ""]).output
                == "Node maintenance is now disabled\n"
        )
        let service = "PUT /v1/agent/service/maintenance/w%2F1?enable=true&reason="
        #expect(
            await run("maint", "-enable", "-service=w/1", replies: [service: ""]).output
                == "Service maintenance is now enabled for \"w/1\"\n"
        )
        let checks = """
            {"_node_maintenance":{"Notes":"why","ServiceID":""},"other":{"Notes":"","ServiceID":""},
            "_service_maintenance:w":{"Notes":"because","ServiceID":"w"}}
            """
        let list = await run(
            "maint",
            replies: [
                "GET /v1/agent/self": #"{"Config":{"NodeName":"n1"}}"#,
                "GET /v1/agent/checks": checks,
            ]
        )
        #expect(
            list.output == """
                Node:
                  Name:   n1
                  Reason: why

                Service:
                  ID:     w
                  Reason: because


                """
        )
    }

    @Test("maint refuses what does not go together")
    func maintenanceMistakes() async {
        #expect(
            await run("maint", "-enable", "-disable").errors
                == "Only one of -enable or -disable may be provided\n"
        )
        #expect(
            await run("maint", "-reason=x").errors == "Reason may only be provided with -enable\n"
        )
        #expect(
            await run("maint", "-service=x").errors
                == "Service requires either -enable or -disable\n"
        )
    }

    @Test("CLI-043 and the text of version")
    func version() async throws {
        for word in ["version", "-version", "--version", "-v"] {
            let text = await run(word).output
            #expect(
                text.hasPrefix(
                    "Waypost v\(ProductVersion.own) (compatible with Consul "
                        + "v\(ProductVersion.compatible))\nConsul v\(ProductVersion.compatible)\n"
                )
            )
            #expect(
                text.contains(
                    "Protocol 2 spoken by default, understands 2 to 3 (agent will automatically use "
                        + "protocol >2 when speaking to compatible agents)"
                )
            )
        }
        let json = await run("version", "-format=json").output
        let value = try JSONParser.parse(Array(json.utf8), file: "")
        guard case .object(let members) = value.content else { Issue.record("no object"); return }
        let keys = members.map(\.key)
        for key in ["Version", "Revision", "Prerelease", "RPC"] { #expect(keys.contains(key)) }
        #expect(await run("version", "-format=x").code == 1)
    }

    @Test("info: sections sorted, tab, key = value")
    func info() async {
        let outcome = await run(
            "info",
            replies: [
                "GET /v1/agent/self": #"{"Stats":{"raft":{"b":"2","a":"1"},"agent":{"x":""}}}"#
            ]
        )
        #expect(outcome.output == "agent:\n\tx = \nraft:\n\ta = 1\n\tb = 2\n")
    }

    @Test("CLI-052 reload, and leave")
    func reload() async {
        #expect(
            await run("reload", replies: ["PUT /v1/agent/reload": ""]).output
                == "Configuration reload triggered\n"
        )
        #expect(
            await run("leave", replies: ["PUT /v1/agent/leave": ""]).output
                == "Graceful leave complete\n"
        )
        let refused = await run(
            "reload",
            failures: ["PUT /v1/agent/reload": .failure(500, "a.hcl:1:2 is wrong\n")]
        )
        #expect(refused.code == 1)
        #expect(
            refused.errors
                == "Error reloading: Unexpected response code: 500 (a.hcl:1:2 is wrong)\n"
        )
    }

    @Test("CLI-051 no agent: Go's text, and what to do")
    func unreachable() async {
        let outcome = await run("catalog", "nodes")
        #expect(outcome.code == 1)
        #expect(
            outcome.errors == """
                Error listing nodes: Get "http://127.0.0.1:8500/v1/catalog/nodes": dial tcp \
                127.0.0.1:8500: connect: connection refused
                No agent can be reached at 127.0.0.1:8500: start one with `waypost agent -dev`, or \
                name its address with -http-addr.

                """
        )
        let put = await run("leave", environment: ["CONSUL_HTTP_ADDR": "https://h/prefix/"])
        #expect(
            put.errors.hasPrefix("Error leaving: Put \"https://h:443/prefix/v1/agent/leave\": ")
        )
    }

    @Test("a namespace is passed on, for the agent to refuse")
    func namespace() async {
        let outcome = await run(
            "catalog",
            "services",
            "-namespace=x",
            environment: ["CONSUL_PARTITION": "p"]
        )
        #expect(outcome.requests == ["GET /v1/catalog/services?ns=x&partition=p"])
    }

    @Test("dns explain: what one reply carries stands there where it is not all")
    func explanation() async {
        func reply(_ most: Int, _ limit: String) -> String {
            """
            {"Name":"web.service.consul.","Type":"A","Route":"catalog: service","Code":"NOERROR",
            "Answers":["A 10.0.0.1"],"Candidates":10,"Replies":[
            {"Transport":"udp","EDNS":0,"Fewest":\(most),"Most":\(most),"Truncated":false,
            "Limit":"\(limit)"},
            {"Transport":"udp","EDNS":1232,"Fewest":\(most),"Most":10,"Truncated":\(most < 10),
            "Limit":""},
            {"Transport":"tcp","EDNS":0,"Fewest":10,"Most":10,"Truncated":false,"Limit":""}],
            "Instances":[{"Node":"n1","ServiceID":"web","Address":"10.0.0.1","Port":80,
            "Answered":true,"Reason":"passing"}],"TTL":"0 s, the default","Zone":"",
            "Forwarded":false,"Notes":[]}
            """
        }
        let path = "GET /v1/agent/dns/explain?name=web.service.consul.&type=A"
        let cut = await run(
            "dns",
            "explain",
            "web.service.consul",
            replies: [path: reply(3, "dns_config.udp_answer_limit")]
        )
        #expect(cut.code == 0)
        #expect(
            cut.output == """
                Question        web.service.consul. A
                Answered by     catalog: service
                Code            NOERROR
                TTL             0 s, the default
                UDP             3 of 10 records a reply: dns_config.udp_answer_limit
                UDP, EDNS 1232  3 to 10 of 10 records a reply; TC is set
                TCP             10 of 10 records a reply
                Answer          A 10.0.0.1

                Node  Service ID  Address   Port  Answered  Reason
                n1    web         10.0.0.1  80    at times  passing

                """
        )
        let whole = await run(
            "dns",
            "explain",
            "web.service.consul",
            replies: [path: reply(10, "")]
        )
        #expect(!whole.output.contains("records a reply") && whole.output.contains("  yes "))
        let json = await run(
            "dns",
            "explain",
            "-format=json",
            "web.service.consul",
            replies: [path: reply(10, "")]
        )
        #expect(json.output.contains("\"Candidates\" : 10"))
    }
}
