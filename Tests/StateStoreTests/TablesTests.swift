// SPDX-License-Identifier: Apache-2.0
import Definitions
import Testing

@testable import StateStore

@Suite("Catalog tables")
struct TablesTests {
    @Test("API-163 API-164 API-170 a registration of node, service and check is seen by all reads")
    func registration() throws {
        var catalog = Catalog()
        let changes = try catalog.register(
            "ext1",
            address: "127.0.0.50",
            service("xs", id: "xs1", tags: ["t1", "T2"], port: 9),
            checks: [check("k1", .warning, service: "xs1")]
        )
        let store = catalog.store

        #expect(store.nodes().value.map(\.name) == ["ext1"])
        let instance = try #require(store.instances(ofService: "xs").value.first)
        #expect(instance.node.name == "ext1" && instance.node.id.isEmpty)
        #expect(instance.service.id == "xs1" && instance.service.tags == ["t1", "T2"])
        #expect(instance.service.meta == nil && instance.service.weights == ServiceWeights())
        #expect(instance.checks.map(\.id) == ["k1"])
        #expect(instance.checks[0].serviceName == "xs")
        #expect(instance.checks[0].serviceTags == ["t1", "T2"])
        #expect(instance.health.status == .warning)
        #expect(store.services(onNode: "ext1").value?.services.map(\.id) == ["xs1"])
        #expect(store.checks(onNode: "ext1").value.map(\.id) == ["k1"])
        #expect(changes.services == ["xs"] && changes.nodes == ["ext1"])
        #expect(
            changes.topics == [.nodes, .services, .checks, .service("xs"), .node("ext1")]
        )
    }

    @Test("API-162 service names come with sorted, unique tags, and without an empty list of none")
    func serviceNames() throws {
        var catalog = Catalog()
        try catalog.register("n1", service("web", id: "1", tags: ["b", "a"]))
        try catalog.register("n1", service("web", id: "2", tags: ["c", "a", "a"]))
        try catalog.register("n1", service("consul"))
        var names = catalog.store.serviceNames().value
        #expect(names.map(\.name) == ["consul", "web"])
        #expect(names.map(\.tags) == [[], ["a", "b", "c"]])
        try catalog.deregister("n1", service: "1")
        try catalog.register("n1", service("web", id: "2", tags: ["c", "a"]))
        names = catalog.store.serviceNames().value
        #expect(names.map(\.tags) == [[], ["a", "c"]])
    }

    @Test(
        "names with an octet 0 are names as others are, and no tags",
        arguments: ["\0", "web\0", "web\0a", "\0\0b"]
    )
    func octetZero(name: String) throws {
        var catalog = Catalog()
        try catalog.register("n1", service(name, id: "1", tags: ["a", "", "b\0"]))
        #expect(catalog.store.serviceNames().value.map(\.name) == [name])
        try catalog.register("n1", service("web", id: "2", tags: ["z"]))
        try catalog.register("n1", service(name, id: "3"))
        let names = catalog.store.serviceNames().value
        #expect(Set(names.map(\.name)) == ["web", name])
        #expect(names.first { $0.name == name }?.tags == ["", "a", "b\0"])
        #expect(names.first { $0.name == "web" }?.tags == ["z"])
        try catalog.deregister("n1", service: "1")
        try catalog.deregister("n1", service: "3")
        #expect(catalog.store.serviceNames().value.map(\.name) == ["web"])
    }

    @Test("API-167 API-169 API-173 API-189 API-192 what is not there is an empty answer")
    func missing() {
        let store = StateStore()
        #expect(store.instances(ofService: "none").value.isEmpty)
        #expect(store.connectInstances(ofService: "none").value.isEmpty)
        #expect(store.services(onNode: "none").value == nil)
        #expect(store.checks(onNode: "none").value.isEmpty)
        #expect(store.checks(ofService: "none").value.isEmpty)
        #expect(store.checks(inState: CheckStatus(rawValue: "bogus")).value.isEmpty)
        #expect(store.node(named: "none") == nil)
    }

    @Test(
        "API-171 names of nodes and services compare without case and are stored as they came last"
    )
    func caseOfNames() throws {
        var catalog = Catalog()
        try catalog.register("Ext1", service("Web", id: "W"))
        try catalog.register("EXT1", address: "127.0.0.2")
        let store = catalog.store
        #expect(store.nodes().value.map(\.name) == ["EXT1"])
        #expect(store.node(named: "eXT1")?.address == "127.0.0.2")
        #expect(store.instances(ofService: "wEB").value.map(\.service.name) == ["Web"])
        #expect(store.serviceNames().value.map(\.name) == ["Web"])
        #expect(store.services(onNode: "ext1").value?.services.map(\.node) == ["EXT1"])
    }

    @Test("IDs of services and checks compare exactly")
    func caseOfIDs() throws {
        var catalog = Catalog()
        try catalog.register("n1", service("web", id: "a"), checks: [check("c", .passing)])
        try catalog.register("n1", service("web", id: "A"), checks: [check("C", .passing)])
        #expect(catalog.store.instances(ofService: "web").value.map(\.service.id) == ["A", "a"])
        #expect(catalog.store.checks(onNode: "n1").value.map(\.id) == ["C", "c"])
    }

    @Test("instances come by node, then by service ID; checks of the node before the own ones")
    func order() throws {
        var catalog = Catalog()
        for node in ["n10", "N2", "n1"] {
            for id in ["b", "a"] {
                try catalog.register(
                    node,
                    service("web", id: id),
                    checks: [check("z-\(id)", .passing, service: id), check("y", .passing)]
                )
            }
        }
        let views = catalog.store.instances(ofService: "web").value
        #expect(
            views.map { "\($0.node.name) \($0.service.id)" }
                == ["n1 a", "n1 b", "n10 a", "n10 b", "N2 a", "N2 b"]
        )
        #expect(views[0].checks.map(\.id) == ["y", "z-a"])
        #expect(
            catalog.store.checks(ofService: "web").value.map { "\($0.node) \($0.id)" }
                == ["n1 z-a", "n1 z-b", "n10 z-a", "n10 z-b", "N2 z-a", "N2 z-b"]
        )
        #expect(
            catalog.store.checks(inState: .passing).value.map { "\($0.node) \($0.id)" }.prefix(3)
                == ["n1 y", "n1 z-a", "n1 z-b"]
        )
    }

    @Test("API-190 API-191 checks are found by state, and a check that changes moves over")
    func states() throws {
        var catalog = Catalog()
        try catalog.register("n1", checks: [check("a", .passing), check("b", .warning)])
        #expect(catalog.store.checks(inState: .warning).value.map(\.id) == ["b"])
        #expect(catalog.store.checks(inState: nil).value.map(\.id) == ["a", "b"])
        try catalog.register("n1", checks: [check("b", .passing)])
        #expect(catalog.store.checks(inState: .warning).value.isEmpty)
        #expect(catalog.store.checks(inState: .passing).value.map(\.id) == ["a", "b"])
    }

    @Test("a check without status is critical, one without ID is named after its name")
    func checkDefaults() throws {
        var catalog = Catalog()
        var row = check("", CheckStatus(rawValue: ""))
        row.name = "disk"
        try catalog.register("n1", checks: [row])
        let stored = try #require(catalog.store.check(onNode: "N1", id: "disk"))
        #expect(stored.status == .critical && stored.node == "n1")
    }

    @Test("tags of a service flow into its checks, and so does its name")
    func tagsFlow() throws {
        var catalog = Catalog()
        try catalog.register(
            "n1",
            service("web", id: "w", tags: ["old"]),
            checks: [check("c", .passing, service: "w")]
        )
        try catalog.register("n1", service("web", id: "w", tags: ["new"]))
        #expect(catalog.store.checks(ofService: "web").value.map(\.serviceTags) == [["new"]])
        #expect(catalog.store.checks(inState: .passing).value.map(\.serviceTags) == [["new"]])
        #expect(catalog.store.check(onNode: "n1", id: "c")?.modifyIndex == catalog.index)
        let changes = try catalog.register("n1", service("api", id: "w", tags: ["new"]))
        #expect(catalog.store.checks(ofService: "api").value.map(\.serviceName) == ["api"])
        #expect(catalog.store.instances(ofService: "web").value.isEmpty)
        #expect(changes.services == ["api", "web"])
    }

    @Test("a check that moves to another service changes both")
    func checkMoves() throws {
        var catalog = Catalog()
        try catalog.register("n1", service("a"), checks: [check("c", .critical, service: "a")])
        try catalog.register("n1", service("b"))
        let changes = try catalog.register("n1", checks: [check("c", .critical, service: "b")])
        #expect(changes.services == ["a", "b"])
        #expect(catalog.store.instances(ofService: "a").value.map(\.health.status) == [.passing])
        #expect(catalog.store.instances(ofService: "b").value.map(\.health.status) == [.critical])
    }

    @Test("API-196 API-197 API-198 what is deregistered goes with all that hangs on it")
    func deregistration() throws {
        var catalog = Catalog()
        for id in ["xs1", "xs2"] {
            try catalog.register(
                "ext1",
                service("xs", id: id),
                checks: [check("k-\(id)", .passing, service: id)]
            )
        }
        try catalog.register("ext1", checks: [check("node", .passing)])
        #expect(try catalog.deregister("no-such").isEmpty)
        #expect(try catalog.deregister("ext1", service: "none").isEmpty)
        #expect(try catalog.deregister("ext1", check: "none").isEmpty)

        try catalog.deregister("ext1", service: "xs1", check: "node")  // the service ID wins
        #expect(catalog.store.instances(ofService: "xs").value.map(\.service.id) == ["xs2"])
        #expect(catalog.store.checks(onNode: "ext1").value.map(\.id) == ["k-xs2", "node"])

        try catalog.deregister("ext1", check: "node")
        #expect(catalog.store.checks(onNode: "ext1").value.map(\.id) == ["k-xs2"])

        let changes = try catalog.deregister("EXT1")
        #expect(changes.services == ["xs"] && changes.nodes == ["ext1"])
        #expect(catalog.store.nodes().value.isEmpty)
        #expect(catalog.store.serviceNames().value.isEmpty)
        #expect(catalog.store.checks(inState: nil).value.isEmpty)
        #expect(catalog.store.checks(inState: .passing).value.isEmpty)
    }

    @Test(
        "addresses find nodes by folded name and instances by node and ID, whatever their spelling"
    )
    func addresses() throws {
        var catalog = Catalog()
        try catalog.register("b", address: "10.0.0.1", service("s", id: "2", address: "10.1.1.1"))
        try catalog.register("A", address: "10.0.0.1", service("s", id: "3", address: "10.1.1.1"))
        try catalog.register("A", address: "10.0.0.1", service("s", id: "1", address: "10.1.1.1"))
        try catalog.register("c", address: "10.0.0.10", service("s", id: "1", address: "10.1.1.10"))
        let store = catalog.store
        #expect(store.nodes(withAddress: "10.0.0.1").map(\.name) == ["A", "b"])
        #expect(
            store.serviceInstances(withAddress: "10.1.1.1").map { "\($0.node) \($0.id)" }
                == ["A 1", "A 3", "b 2"]
        )
        #expect(store.nodes(withAddress: "10.0.0.").isEmpty)
        try catalog.register("A", address: "10.0.0.2")
        try catalog.deregister("b", service: "2")
        #expect(catalog.store.nodes(withAddress: "10.0.0.1").map(\.name) == ["b"])
        #expect(catalog.store.nodes(withAddress: "10.0.0.2").map(\.name) == ["A"])
        #expect(catalog.store.serviceInstances(withAddress: "10.1.1.1").map(\.id) == ["1", "3"])
        let spelled = service("s", id: "4", address: "2001:DB8:7:0::7")
        try catalog.register("d", address: "2001:DB8:7::8", spelled)
        for text in ["2001:db8:7::7", "2001:0DB8:7::0007", "2001:DB8:7:0::7"] {
            #expect(catalog.store.serviceInstances(withAddress: text).map(\.id) == ["4"])
        }
        try catalog.register("d", address: "2001:DB8:7::8", service("s", id: "4", address: "::2"))
        #expect(catalog.store.serviceInstances(withAddress: "2001:db8:7::7").isEmpty)
        #expect(catalog.store.serviceInstances(withAddress: "0::2").map(\.id) == ["4"])
        try catalog.deregister("d", service: "4")
        #expect(catalog.store.serviceInstances(withAddress: "::2").isEmpty)
    }

    @Test("a proxy and a native instance are found under what they front")
    func connect() throws {
        var catalog = Catalog()
        var proxy = service("web-sidecar")
        proxy.kind = "connect-proxy"
        proxy.proxy = ProxyDefinition(destinationServiceName: "Web")
        var native = service("web", id: "native")
        native.connectNative = true
        try catalog.register("n1", proxy)
        try catalog.register("n2", native)
        try catalog.register("n3", service("web", id: "plain"))
        let found = catalog.store.connectInstances(ofService: "WEB")
        #expect(found.value.map(\.service.id) == ["web-sidecar", "native"])
        #expect(found.topics == [.connect("web"), .service("web"), .service("web-sidecar")])
        proxy.proxy?.destinationServiceName = "other"
        let changes = try catalog.register("n1", proxy)
        #expect(changes.topics.isSuperset(of: [.connect("web"), .connect("other")]))
        #expect(catalog.store.connectInstances(ofService: "web").value.map(\.node.name) == ["n2"])
    }

    @Test("a copy stays as it was")
    func copies() throws {
        var catalog = Catalog()
        try catalog.register("n1", service("web"), checks: [check("c", .passing, service: "web")])
        let before = catalog.store
        try catalog.register("n1", service("web", port: 81))
        try catalog.deregister("n1")
        #expect(before.instances(ofService: "web").value.map(\.service.port) == [80])
        #expect(before.checks(inState: .passing).value.count == 1)
        #expect(before.nodes().value.count == 1)
    }
}
