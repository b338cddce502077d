// SPDX-License-Identifier: Apache-2.0
import Definitions
import Testing

@testable import StateStore

@Suite("Node identity")
struct NodeIdentityTests {
    private let one = "11111111-1111-1111-1111-111111111111"
    private let two = "22222222-2222-2222-2222-222222222222"

    @Test("a known ID under a new name is a rename: the old name and what is on it go")
    func rename() throws {
        var catalog = Catalog()
        try catalog.register("old", id: one, service("web"), checks: [check("c", .passing)])
        let created = try #require(catalog.store.node(named: "old")).createIndex
        let changes = try catalog.register("new", id: one)
        #expect(catalog.store.nodes().value.map(\.name) == ["new"])
        #expect(catalog.store.node(withID: one)?.name == "new")
        #expect(catalog.store.node(named: "new")?.createIndex == created)
        #expect(catalog.store.instances(ofService: "web").value.isEmpty)
        #expect(changes.nodes == ["old", "new"] && changes.services == ["web"])
        #expect(changes.topics.isSuperset(of: [.node("old"), .node("new")]))
    }

    @Test("a name that a living node with another ID holds is refused, and nothing changes")
    func nameTaken() throws {
        var catalog = Catalog()
        try catalog.register("n1", id: one, checks: [check("serfHealth", .passing)])
        let before = catalog.store
        let refusal = #expect(throws: CommandRefusal.self) {
            try catalog.register("N1", id: two, service("web"))
        }
        #expect(
            refusal?.text == """
                failed inserting node: Error while renaming Node ID: "\(two)": \
                Node name N1 is reserved by node \(one) with name n1 (127.0.0.1)
                """
        )
        #expect(catalog.store.nodes().value == before.nodes().value)
        #expect(catalog.store.serviceNames().value.isEmpty)
        #expect(catalog.store.tableIndexes == before.tableIndexes)
        #expect(catalog.store.lastIndex == catalog.index)
    }

    @Test("a rename onto the name of a living node is refused and names the address")
    func renameOntoLiving() throws {
        var catalog = Catalog()
        try catalog.register("n1", id: one, checks: [check("serfHealth", .warning)])
        try catalog.register("n2", id: two, address: "127.0.0.2")
        let refusal = #expect(throws: CommandRefusal.self) {
            try catalog.register("n1", id: two, address: "127.0.0.2")
        }
        #expect(
            refusal?.text == """
                failed inserting node: Error while renaming Node ID: "\(two)" (127.0.0.2): \
                Node name n1 is reserved by node \(one) with name n1 (127.0.0.1)
                """
        )
    }

    @Test("a name may be taken over from a node that failed, or is not known to be alive")
    func takeOver() throws {
        for health in [[check("serfHealth", .critical)], []] {
            var catalog = Catalog()
            try catalog.register("n1", id: one, service("web"), checks: health)
            try catalog.register("n1", id: two)
            #expect(catalog.store.node(named: "n1")?.id == two)
            #expect(catalog.store.node(withID: one) == nil)
            #expect(catalog.store.instances(ofService: "web").value.count == 1)
        }
    }

    @Test("a node without ID may be taken over by one with an ID")
    func takeOverWithoutID() throws {
        var catalog = Catalog()
        try catalog.register("n1", checks: [check("serfHealth", .passing)])
        try catalog.register("n1", id: one)
        #expect(catalog.store.node(withID: one.uppercased())?.name == "n1")
    }

    @Test("a name in another case is taken over, by everything on the node, at once")
    func otherCase() throws {
        var catalog = Catalog()
        let checks = [check("serfHealth", .passing), check("web-1", .critical, service: "web")]
        try catalog.register("Old", id: one, service("web"), checks: checks)
        try catalog.register("zoo", service("web"))
        let session = "33333333-3333-3333-3333-333333333333"
        let row = SessionRow(id: session, node: "old", nodeChecks: ["serfHealth"])
        try catalog.apply(.session(SessionChange(.create, row)))
        let coordinate = CoordinateRow(node: "old", coordinate: NetworkCoordinate())
        try catalog.apply(.coordinates([coordinate]))
        let before = catalog.store
        let changes = try catalog.register("OLD", id: one)
        let store = catalog.store
        #expect(store.nodes().value.map(\.name) == ["OLD", "zoo"])
        #expect(store.node(withID: one)?.name == "OLD")
        #expect(store.services(onNode: "old").value?.services.map(\.node) == ["OLD"])
        #expect(store.checks(onNode: "old").value.map(\.node) == ["OLD", "OLD"])
        #expect(store.checks(inState: .critical).value.map(\.node) == ["OLD"])
        let instance = try #require(store.instances(ofService: "web").value.first)
        #expect(instance.service.node == "OLD" && instance.node.name == "OLD")
        #expect(instance.checks.map(\.node) == ["OLD", "OLD"])
        #expect(store.session(session).value?.node == "OLD")
        #expect(store.coordinates().value.map(\.node) == ["OLD"])
        let at = catalog.index
        #expect(store.tableIndexes.services == at && store.tableIndexes.checks == at)
        #expect(store.tableIndexes.sessions == at && store.tableIndexes.coordinates == at)
        #expect(changes.services == ["web"] && changes.nodes == ["old"])
        let topics: Set<WatchTopic> = [.services, .checks, .sessions, .coordinates, .node("old")]
        #expect(changes.topics.isSuperset(of: topics))
        #expect(before.services(onNode: "old").value?.services.map(\.node) == ["Old"])
        // The check is critical in its new spelling, too: the session ends with its node's health.
        try catalog.register("oLD", id: one, checks: [check("serfHealth", .critical)])
        #expect(catalog.store.session(session).value == nil)
    }

    @Test("the same name again changes nothing, SkipNodeUpdate keeps the case")
    func sameCase() throws {
        var catalog = Catalog()
        try catalog.register("Old", service("web"))
        let changes = try catalog.register("Old")
        #expect(changes.nodes.isEmpty && changes.topics.isEmpty)
        try catalog.register("OLD", skip: true, service("api"))
        #expect(
            catalog.store.services(onNode: "old").value?.services.map(\.node) == ["Old", "Old"]
        )
    }

    @Test("SkipNodeUpdate keeps the data of a known node and still makes an unknown one")
    func skipNodeUpdate() throws {
        var catalog = Catalog()
        try catalog.register("n1", address: "127.0.0.1", meta: ["a": "b"])
        try catalog.register("n1", address: "", skip: true, service("web"))
        #expect(catalog.store.node(named: "n1")?.address == "127.0.0.1")
        #expect(catalog.store.node(named: "n1")?.meta == ["a": "b"])
        try catalog.register("n2", address: "", skip: true)
        #expect(catalog.store.node(named: "n2")?.address == "")
    }

    @Test("a prefix of an ID finds its node, and two when it is not unique")
    func prefixes() throws {
        var catalog = Catalog()
        try catalog.register("n1", id: "aabb1111-1111-1111-1111-111111111111")
        try catalog.register("n2", id: "aacc1111-1111-1111-1111-111111111111")
        #expect(catalog.store.nodes(withIDPrefix: "AAB").map(\.name) == ["n1"])
        #expect(catalog.store.nodes(withIDPrefix: "aa").count == 2)
        #expect(catalog.store.nodes(withIDPrefix: "").isEmpty)
    }

    @Test(
        "API-174 API-176 what a registration lacks is told in Consul's words",
        arguments: [
            (Registration(node: NodeRow(name: "", address: "127.0.0.1")), "Must provide node"),
            (
                Registration(
                    node: NodeRow(name: "ext1", address: "127.0.0.50"),
                    checks: [check("k9", .passing, service: "nosvc")]
                ),
                #"failed inserting check: Missing service registration on node "ext1""#
            ),
            (
                Registration(
                    node: NodeRow(name: "ext1", address: "127.0.0.50"),
                    checks: [
                        CheckRow(node: "other", id: "k", name: "k", status: .passing)
                    ]
                ),
                #"check node "other" does not match node "ext1""#
            ),
            (
                Registration(
                    node: NodeRow(name: "ext1", address: "127.0.0.50"),
                    service: ServiceRow(node: "", id: "x", name: "")
                ),
                "Must provide service name (Service.Service) when service ID is provided"
            ),
        ]
    )
    func refusals(registration: Registration, text: String) {
        var catalog = Catalog()
        let refusal = #expect(throws: CommandRefusal.self) {
            try catalog.apply(.register(registration))
        }
        #expect(refusal?.text == text)
        #expect(catalog.store.nodes().value.isEmpty)
    }
}
