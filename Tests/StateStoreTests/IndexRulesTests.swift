// SPDX-License-Identifier: Apache-2.0
import Definitions
import Testing

@testable import StateStore

/// HTTP API 3.1, "Which index is reported": for each change, which reads report a higher index and
/// are woken, and which do neither.
@Suite("Indexes and wake-ups")
struct IndexRulesTests {
    /// A read, as far as a blocking client sees it.
    enum Read: String, CaseIterable {
        case nodes, services, serviceWeb, serviceAPI, serviceAbsent, node1, node2, state, checksWeb

        func run(_ store: StateStore) -> (index: RaftIndex, topics: [WatchTopic]) {
            switch self {
            case .nodes: Self.face(store.nodes())
            case .services: Self.face(store.serviceNames())
            case .serviceWeb: Self.face(store.instances(ofService: "web"))
            case .serviceAPI: Self.face(store.instances(ofService: "api"))
            case .serviceAbsent: Self.face(store.instances(ofService: "absent"))
            case .node1: Self.face(store.checks(onNode: "n1"))
            case .node2: Self.face(store.checks(onNode: "n2"))
            case .state: Self.face(store.checks(inState: nil))
            case .checksWeb: Self.face(store.checks(ofService: "web"))
            }
        }

        private static func face<Value>(
            _ answer: Indexed<Value>
        ) -> (index: RaftIndex, topics: [WatchTopic]) {
            (answer.index, answer.topics)
        }
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var command: Command
        /// The reads whose index becomes that of the command.
        var moved: Set<Read>
        /// The reads that are woken beside those.
        var alsoWoken: Set<Read> = []

        /// The reads that are woken.
        ///
        /// A read of another node, or of a name that has no instance, reports the index of its
        /// table, but does not wait for that.
        var woken: Set<Read> { moved.subtracting([.node2, .serviceAbsent]).union(alsoWoken) }
    }

    /// n1 runs web and api, each with a check; n2 runs web alone.
    private static func catalog() throws -> Catalog {
        var catalog = Catalog()
        try catalog.register(
            "n1",
            id: "a",
            service("web", id: "w1", tags: ["t"]),
            checks: [check("cw", .passing, service: "w1"), check("node", .passing)]
        )
        try catalog.register(
            "n1",
            id: "a",
            service("api", id: "a1"),
            checks: [check("ca", .passing, service: "a1")]
        )
        try catalog.register("n2", address: "127.0.0.2", service("web", id: "w2"))
        return catalog
    }

    private static func register(_ service: ServiceRow?, _ checks: CheckRow...) -> Command {
        .register(
            Registration(
                node: NodeRow(name: "n1", id: "a", address: "127.0.0.1"),
                service: service,
                checks: checks
            )
        )
    }

    private static func register(node: String, id: String, address: String) -> Command {
        .register(Registration(node: NodeRow(name: node, id: id, address: address)))
    }

    private static func deregister(
        _ node: String,
        service: String = "",
        check: String = ""
    ) -> Command {
        .deregister(Deregistration(node: node, serviceID: service, checkID: check))
    }

    static let cases: [Case] = [
        Case(
            testDescription: "API-065 API-066 a check of one service",
            command: register(nil, check("cw", .critical, service: "w1")),
            moved: [.serviceWeb, .checksWeb, .node1, .node2, .state]
        ),
        Case(
            testDescription: "a check of the node: every service on it",
            command: register(nil, check("node", .critical)),
            moved: [.serviceWeb, .checksWeb, .serviceAPI, .node1, .node2, .state]
        ),
        Case(
            testDescription: "a new check of the node",
            command: register(nil, check("new", .passing)),
            moved: [.serviceWeb, .checksWeb, .serviceAPI, .node1, .node2, .state]
        ),
        Case(
            testDescription: "only the output of a check",
            command: register(
                nil,
                CheckRow(
                    node: "",
                    id: "ca",
                    name: "ca",
                    status: .passing,
                    output: "x",
                    serviceID: "a1"
                )
            ),
            moved: [.serviceAPI, .node1, .node2, .state]
        ),
        Case(
            testDescription: "an instance that changes",
            command: register(service("api", id: "a1", port: 81)),
            moved: [.services, .serviceAPI],
            alsoWoken: [.node1]
        ),
        Case(
            testDescription: "an instance whose tags change takes its checks along",
            command: register(service("web", id: "w1", tags: ["u"])),
            moved: [.services, .serviceWeb, .checksWeb, .node1, .node2, .state]
        ),
        Case(
            testDescription: "an instance whose name changes touches both names",
            command: register(service("web", id: "a1")),
            moved: [
                .services, .serviceWeb, .checksWeb, .serviceAPI, .serviceAbsent, .node1, .node2,
                .state,
            ]
        ),
        Case(
            testDescription: "a new instance of another service",
            command: register(service("db")),
            moved: [.services],
            alsoWoken: [.node1]
        ),
        Case(
            testDescription: "the first instance of an absent service",
            command: register(service("absent")),
            moved: [.services, .serviceAbsent],
            alsoWoken: [.serviceAbsent, .node1]
        ),
        Case(
            testDescription: "the data of a node: every service on it",
            command: register(node: "n1", id: "a", address: "127.0.0.9"),
            moved: [.nodes, .serviceWeb, .checksWeb, .serviceAPI],
            alsoWoken: [.node1]
        ),
        Case(
            testDescription: "a new node",
            command: register(node: "n3", id: "", address: "127.0.0.3"),
            moved: [.nodes]
        ),
        Case(
            testDescription: "a registration that says what is there already",
            command: register(
                service("web", id: "w1", tags: ["t"]),
                check("cw", .passing, service: "w1"),
                check("node", .passing)
            ),
            moved: []
        ),
        Case(
            testDescription: "a check that goes",
            command: deregister("n1", check: "ca"),
            moved: [.serviceAPI, .node1, .node2, .state]
        ),
        Case(
            testDescription: "an instance that goes, others stay",
            command: deregister("n2", service: "w2"),
            moved: [.services, .serviceWeb, .checksWeb],
            alsoWoken: [.node2]
        ),
        Case(
            testDescription: "API-067 the last instance of a name",
            command: deregister("n1", service: "a1"),
            moved: [.services, .serviceAPI, .serviceAbsent, .node1, .node2, .state]
        ),
        Case(
            testDescription: "a node that goes with all",
            command: deregister("n1"),
            moved: [
                .nodes, .services, .serviceWeb, .checksWeb, .serviceAPI, .serviceAbsent, .node1,
                .node2, .state,
            ]
        ),
        Case(
            testDescription: "a node that goes with nothing but an instance",
            command: deregister("n2"),
            moved: [.nodes, .services, .serviceWeb, .checksWeb],
            alsoWoken: [.node2]
        ),
        Case(
            testDescription: "what is not there goes",
            command: deregister("n9"),
            moved: []
        ),
    ]

    @Test("move and wake what depends on the change, and nothing else:", arguments: cases)
    func moves(_ example: Case) throws {
        var catalog = try Self.catalog()
        let before = catalog.store
        let changes = try catalog.apply(example.command)
        for read in Read.allCases {
            let (old, topics) = read.run(before)
            let (new, _) = read.run(catalog.store)
            let expected = example.moved.contains(read) ? catalog.index : old
            #expect(new == expected, "\(read)")
            let isWoken = !changes.topics.isDisjoint(with: topics)
            #expect(isWoken == example.woken.contains(read), "\(read)")
        }
    }

    @Test("API-067 the index of a name never falls: not when it goes, not when it comes back")
    func neverFalls() throws {
        var catalog = try Self.catalog()
        var last = RaftIndex.zero
        func step(_ command: Command) throws {
            try catalog.apply(command)
            let index = catalog.store.instances(ofService: "api").index
            #expect(index >= last)
            last = index
        }
        try step(Self.register(nil, check("node", .critical)))
        try step(Self.deregister("n1", service: "a1"))
        try step(Self.deregister("n2", service: "w2"))
        try step(Self.deregister("n1", service: "w1"))
        #expect(last == catalog.store.tableIndexes.serviceExtinction)
        try step(Self.register(service("api", id: "a1")))
        #expect(last == catalog.index)
    }

    @Test("API-065 the services table does not move with checks or nodes")
    func servicesTable() throws {
        var catalog = try Self.catalog()
        let before = catalog.store.serviceNames().index
        try catalog.register("n1", id: "a", checks: [check("cw", .critical, service: "w1")])
        try catalog.register("n1", id: "a", address: "127.0.0.77")
        #expect(catalog.store.serviceNames().index == before)
    }

    @Test("a row keeps its create index and, unchanged, its modify index")
    func rowIndexes() throws {
        var catalog = Catalog()
        try catalog.register("n1", service("web"), checks: [check("c", .passing, service: "web")])
        let first = catalog.index
        try catalog.register("n1", service("web"), checks: [check("c", .passing, service: "web")])
        var view = try #require(catalog.store.instances(ofService: "web").value.first)
        #expect(view.node.modifyIndex == first && view.service.modifyIndex == first)
        #expect(view.checks[0].modifyIndex == first)
        try catalog.register(
            "n1",
            service("web", port: 1),
            checks: [check("c", .warning, service: "web")]
        )
        view = try #require(catalog.store.instances(ofService: "web").value.first)
        #expect(view.node.modifyIndex == first)
        #expect(view.service.createIndex == first && view.service.modifyIndex == catalog.index)
        #expect(view.checks[0].createIndex == first && view.checks[0].modifyIndex == catalog.index)
    }
}
