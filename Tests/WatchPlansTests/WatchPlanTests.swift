// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import WatchPlans

@Suite("What a watch reads")
struct WatchPlanTests {
    private static func parameters(
        _ type: String,
        _ change: (inout WatchParameters) -> Void = { _ in }
    ) -> WatchParameters {
        var parameters = WatchParameters()
        parameters.type = type
        change(&parameters)
        return parameters
    }

    @Test("every type has its path")
    func paths() throws {
        let cases: [(WatchParameters, String)] = [
            (Self.parameters("key") { $0.key = "a/b c" }, "/v1/kv/a%2Fb%20c"),
            (Self.parameters("keyprefix") { $0.prefix = "a/" }, "/v1/kv/a%2F?recurse="),
            (Self.parameters("services"), "/v1/catalog/services"),
            (
                Self.parameters("nodes") { $0.filter = "Meta.a == b" },
                "/v1/catalog/nodes?filter=Meta.a%20%3D%3D%20b"
            ),
            (Self.parameters("service") { $0.service = "web" }, "/v1/health/service/web"),
            (
                Self.parameters("service") {
                    $0.service = "web"
                    $0.tags = ["v1", "b&c"]
                    $0.passingOnly = true
                    $0.isStale = true
                    $0.datacenter = "dc2"
                }, "/v1/health/service/web?tag=v1&tag=b%26c&passing=1&dc=dc2&stale="
            ),
            (Self.parameters("checks"), "/v1/health/state/any"),
            (Self.parameters("checks") { $0.state = "critical" }, "/v1/health/state/critical"),
            (Self.parameters("checks") { $0.service = "web" }, "/v1/health/checks/web"),
            (Self.parameters("event"), "/v1/event/list"),
            (
                Self.parameters("event") { $0.name = "deploy" }, "/v1/event/list?name=deploy"
            ),
            (
                Self.parameters("agent_service") { $0.serviceID = "web-1" },
                "/v1/agent/service/web-1"
            ),
        ]
        for (parameters, path) in cases {
            let plan = try WatchPlan(parameters)
            #expect(plan.path(after: nil) == path)
            let sign = path.contains("?") ? "&" : "?"
            #expect(plan.path(after: .index(7)) == "\(path)\(sign)index=7")
        }
        let own = try WatchPlan(Self.parameters("agent_service") { $0.serviceID = "w" })
        #expect(own.path(after: .hash("a0")) == "/v1/agent/service/w?hash=a0")
    }

    @Test("every type refuses the parameters of the others")
    func foreign() {
        typealias Change = (name: String, change: (inout WatchParameters) -> Void)
        let all: [Change] = [
            ("filter", { $0.filter = "a" }), ("key", { $0.key = "a" }), ("name", { $0.name = "a" }),
            ("passingonly", { $0.passingOnly = true }), ("prefix", { $0.prefix = "a" }),
            ("service", { $0.service = "a" }), ("service_id", { $0.serviceID = "a" }),
            ("stale", { $0.isStale = true }), ("state", { $0.state = "a" }),
            ("tag", { $0.tags = ["a"] }),
        ]
        let cases: [(type: String, needed: String, others: [String])] = [
            ("key", "key", ["stale"]), ("keyprefix", "prefix", ["stale"]),
            ("services", "", ["filter", "stale"]), ("nodes", "", ["filter", "stale"]),
            ("service", "service", ["tag", "passingonly", "filter", "stale"]),
            ("checks", "service", ["filter", "stale"]), ("checks", "state", ["filter", "stale"]),
            ("event", "name", []), ("agent_service", "service_id", []),
        ]
        for (type, needed, others) in cases {
            for (name, change) in all where name != needed {
                var parameters = Self.parameters(type)
                for own in all where own.name == needed { own.change(&parameters) }
                change(&parameters)
                // They exclude each other, with a text of their own.
                if type == "checks", ["service", "state"].contains(name) { continue }
                let error: WatchPlanError?
                do throws(WatchPlanError) {
                    _ = try WatchPlan(parameters)
                    error = nil
                } catch let refusal { error = refusal }
                let start = "Invalid parameters: [\(name)]: a watch of type \(type) takes "
                #expect(
                    others.contains(name)
                        ? error == nil : error?.description.hasPrefix(start) == true,
                    "\(type) \(name): \(error.debugDescription)"
                )
            }
        }
        let empty = Self.parameters("key") {
            $0.key = "a"
            $0.prefix = "b"
            $0.emptyGiven = ["passingonly"]
        }
        #expect(
            throws: WatchPlanError(
                "Invalid parameters: [passingonly prefix]: a watch of type key takes key, stale"
            )
        ) { try WatchPlan(empty) }
    }

    @Test("CLI-030 what is no watch is said in Consul's words")
    func refused() {
        for (parameters, text) in [
            (Self.parameters(""), "Watch type must be specified"),
            (Self.parameters("zz"), "Unsupported watch type: zz"),
            (Self.parameters("key"), "Must specify a single key to watch"),
            (Self.parameters("keyprefix"), "Must specify a single prefix to watch"),
            (Self.parameters("service"), "Must specify a single service to watch"),
            (Self.parameters("agent_service"), "Must specify a single service ID to watch"),
            (
                Self.parameters("checks") {
                    $0.service = "a"
                    $0.state = "passing"
                }, "Cannot specify service and state"
            ),
            (
                Self.parameters("connect_leaf"),
                "Watch type connect_leaf needs Connect's certificates, which Waypost does not issue"
            ),
        ] {
            #expect(throws: WatchPlanError(text)) { try WatchPlan(parameters) }
        }
    }
}
