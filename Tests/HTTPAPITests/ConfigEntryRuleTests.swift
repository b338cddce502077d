// SPDX-License-Identifier: Apache-2.0
import StateStore
import Testing

@testable import HTTPAPI

@Suite("What config entries of discovery chains must hold")
struct ConfigEntryRuleTests {
    /// Completes an entry of a kind from its members; gives the content, or the broken rule.
    private static func outcome(_ kind: String, _ members: String) throws -> String {
        let text = #"{"Kind":"\#(kind)","Name":"web",\#(members)}"#
        do {
            let (row, content) = try ConfigEntryBody.entry(JSONParser.parse(Array(text.utf8)))
            return try ConfigEntryRules.completed(row, content).contentJSON
        } catch let error as BodyError {
            return error.message
        }
    }

    @Test(
        "API 4.14: resolvers that are refused, in Consul's words",
        arguments: [
            (#""Redirect":{}"#, "Redirect is empty"),
            (#""Redirect":{"Service":""}"#, "Redirect is empty"),
            (
                #""Redirect":{"Service":"a"},"Failover":{"*":{"Service":"b"}}"#,
                "Redirect and Failover cannot both be set"
            ),
            (
                #""Redirect":{"Service":"a","Peer":"p","ServiceSubset":"s"}"#,
                "Redirect.Peer cannot be set with Redirect.ServiceSubset"
            ),
            (
                #""Redirect":{"Service":"a","Peer":"p","Datacenter":"d"}"#,
                "Redirect.Peer cannot be set with Redirect.Datacenter"
            ),
            (
                #""Redirect":{"ServiceSubset":"s"}"#,
                "Redirect.ServiceSubset defined without Redirect.Service"
            ),
            (#""Redirect":{"Peer":"p"}"#, "Redirect.Peer defined without Redirect.Service"),
            (
                #""Redirect":{"Service":"web","ServiceSubset":"s"}"#,
                #"Redirect.ServiceSubset "s" is not a valid subset of "web""#
            ),
            (
                #""Failover":{"zz":{"Service":"a"}}"#,
                #"Bad Failover["zz"]: not a valid subset subset"#
            ),
            (
                #""Failover":{"*":{}}"#,
                #"Bad Failover["*"]: one of Service, ServiceSubset, Namespace, Targets, "#
                    + "SamenessGroup, or Datacenters is required"
            ),
            (
                #""Failover":{"*":{"ServiceSubset":"v9"}}"#,
                #"Bad Failover["*"]: ServiceSubset "v9" is not a valid subset of """#
            ),
            (
                #""Failover":{"*":{"Service":"a","Policy":{"Mode":"x"}}}"#,
                #"Bad Failover["*"]: Policy must be one of '', 'default', or 'order-by-locality'"#
            ),
            (
                #""Failover":{"*":{"Datacenters":["a"],"Targets":[{"Service":"b"}]}}"#,
                #"Bad Failover["*"]: Targets cannot be set with Datacenters"#
            ),
            (
                #""Failover":{"*":{"Service":"a","Targets":[{"Service":"b"}]}}"#,
                #"Bad Failover["*"]: Targets cannot be set with Service"#
            ),
            (
                #""Failover":{"*":{"Targets":[{},{"Peer":"p","Datacenter":"d"}]}}"#,
                #"Bad Failover["*"].Targets[1]: Peer cannot be set with Datacenter"#
            ),
            (
                #""Failover":{"*":{"Targets":[{"ServiceSubset":"v9"}]}}"#,
                #"Bad Failover["*"].Targets[0]: ServiceSubset "v9" is not a valid subset of "web""#
            ),
            (
                #""Failover":{"*":{"Datacenters":[""]}}"#,
                #"Bad Failover["*"].Datacenters: found empty datacenter"#
            ),
            (#""DefaultSubset":"v1""#, #"DefaultSubset "v1" is not a valid subset"#),
            (
                #""DefaultSubset":"v2","Subsets":{"v1":{}}"#,
                #"DefaultSubset "v2" is not a valid subset"#
            ),
            (#""Subsets":{"":{}}"#, "Subset defined with empty name"),
            (
                #""Subsets":{"V_1":{}}"#,
                #"Subset "V_1" is invalid: must be 63 characters or fewer, begin or end with "#
                    + "lower case alphanumeric characters, and contain lower case alphanumeric "
                    + "characters or '-' in between"
            ),
            (#""ConnectTimeout":"-1s""#, "Bad ConnectTimeout '-1s', must be >= 0"),
            (
                #""LoadBalancer":{"Policy":"x"}"#,
                #"Bad LoadBalancer policy: "x" is not supported"#
            ),
            (
                #""LoadBalancer":{"RingHashConfig":{}}"#,
                "Bad LoadBalancer configuration. RingHashConfig specified for incompatible load "
                    + #"balancing policy """#
            ),
            (
                #""LoadBalancer":{"Policy":"random","HashPolicies":[{"SourceIP":true}]}"#,
                "Bad LoadBalancer configuration: HashPolicies specified for non-hash-based "
                    + #"Policy: "random""#
            ),
            (
                #""LoadBalancer":{"Policy":"maglev","HashPolicies":[{"Field":"header"}]}"#,
                #"Bad LoadBalancer HashPolicy[0]: Field "header" was specified without a FieldValue"#
            ),
            (
                #""LoadBalancer":{"Policy":"maglev","HashPolicies":[{"Field":"cookie","#
                    + #""FieldValue":"c","CookieConfig":{"Session":true,"TTL":"1s"}}]}"#,
                "Bad LoadBalancer HashPolicy[0]: a session cookie cannot have an associated TTL"
            ),
        ]
    )
    func resolvers(members: String, text: String) throws {
        #expect(try Self.outcome("service-resolver", members) == text)
    }

    @Test("API 4.14: the filter of a subset must be one, and is not held against members")
    func filters() throws {
        let bad = try Self.outcome("service-resolver", #""Subsets":{"v1":{"Filter":"((("}}"#)
        #expect(
            bad.hasPrefix(#"Filter for subset "v1" is not a valid expression: 1:4 (3): no match"#),
            "\(bad)"
        )
        let good = #""Subsets":{"v1":{"Filter":"Service.Meta.version == v1"}}"#
        #expect(try Self.outcome("service-resolver", good) == "{\(good)}")
    }

    @Test(
        "API 4.14: resolvers that are taken as they are",
        arguments: [
            #""DefaultSubset":"v-1","Subsets":{"v-1":{},"x":{"OnlyPassing":true}}"#,
            #""Redirect":{"Datacenter":"dc2"}"#,
            #""Redirect":{"Service":"other","ServiceSubset":"theirs"}"#,
            #""Subsets":{"v1":{}},"Failover":{"*":{"Datacenters":["a"]},"v1":{"ServiceSubset":"v1"}}"#,
            #""Failover":{"*":{"Targets":[{"Service":"b","ServiceSubset":"theirs"},{"Peer":"p"}]}}"#,
            #""LoadBalancer":{"Policy":"ring_hash","RingHashConfig":{},"HashPolicies":"#
                + #"[{"Field":"cookie","FieldValue":"c","CookieConfig":{}}]}"#,
        ]
    )
    func taken(members: String) throws {
        #expect(try Self.outcome("service-resolver", members) == "{\(members)}")
    }

    @Test(
        "API 4.14: routes that are refused, in Consul's words",
        arguments: [
            (
                #""Match":{"HTTP":{"PathExact":"x"}}"#,
                #"Route[1] PathExact doesn't start with '/': "x""#
            ),
            (
                #""Match":{"HTTP":{"PathPrefix":"x/"}}"#,
                #"Route[1] PathPrefix doesn't start with '/': "x/""#
            ),
            (
                #""Match":{"HTTP":{"PathExact":"/x","PathRegex":"y"}}"#,
                "Route[1] should only contain at most one of PathExact, PathPrefix, or PathRegex"
            ),
            (
                #""Match":{"HTTP":{"Header":[{"Exact":"y"}]}}"#,
                "Route[1] Header[0] missing required Name field"
            ),
            (
                #""Match":{"HTTP":{"Header":[{"Name":"a","Exact":"y","Present":true}]}}"#,
                "Route[1] Header[0] should only contain one of Present, Exact, Prefix, Suffix, or "
                    + "Regex"
            ),
            (
                #""Match":{"HTTP":{"QueryParam":[{"Name":"a"}]}}"#,
                "Route[1] QueryParam[0] should only contain one of Present, Exact, or Regex"
            ),
            (
                #""Match":{"HTTP":{"Methods":["fetch"]}}"#,
                #"Route[1] Methods contains an invalid method "FETCH""#
            ),
            (
                #""Match":{"HTTP":{"Methods":["get","GET"]}}"#,
                #"Route[1] Methods contains "GET" more than once"#
            ),
            (
                #""Destination":{"PrefixRewrite":"/y"}"#,
                "Route[1] cannot make use of PrefixRewrite without configuring either PathExact "
                    + "or PathPrefix"
            ),
            (
                #""Destination":{"RetryOn":["never"]}"#,
                #"Route[1] contains an invalid retry condition: "never""#
            ),
        ]
    )
    func routes(members: String, text: String) throws {
        let routes = #""Routes":[{"Destination":{"Service":"a"}},{\#(members)}]"#
        #expect(try Self.outcome("service-router", routes) == text)
    }

    @Test("API 4.14: methods of a route are kept in capitals")
    func methods() throws {
        func route(_ method: String) -> String {
            #""Routes":[{"Match":{"HTTP":{"PathPrefix":"/x","Methods":["\#(method)"]}},"#
                + #""Destination":{"PrefixRewrite":"/","RetryOn":["5xx"]}}]"#
        }
        #expect(try Self.outcome("service-router", route("get")) == "{\(route("GET"))}")
    }

    @Test(
        "API 4.14: splits that are refused, in Consul's words",
        arguments: [
            (#"{"Weight":99}"#, "the sum of all split weights must be 100, not 99.000000"),
            (#"{"Weight":1e30}"#, "the sum of all split weights must be 100, not "),
            (
                #"{"Weight":50,"Service":"web"},{"Weight":50}"#,
                #"split destination occurs more than once: service="web", subset="", "#
                    + #"namespace="default", partition="""#
            ),
        ]
    )
    func splits(elements: String, text: String) throws {
        let outcome = try Self.outcome("service-splitter", #""Splits":[\#(elements)]"#)
        #expect(outcome.hasPrefix(text), "\(outcome)")
    }

    @Test("API 4.14: a broken rule is a 500 with its text")
    func status() async throws {
        try await TestAPI.run { api in
            let body = #"{"Kind":"service-resolver","Name":"web","Redirect":{}}"#
            let reply = try await api.put("/v1/config", body)
            #expect(reply.status == 500 && reply.text == "Redirect is empty")
            #expect(try await api.get("/v1/config/service-resolver").text == "[]")
        }
    }
}
