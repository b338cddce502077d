// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore
import Testing

@Suite("Sessions and locks")
struct SessionTests {
    private static let one = "11111111-2222-3333-4444-555555555551"
    private static let two = "11111111-2222-3333-4444-55555555555A"

    /// A node `n1` with a node check, a service with a check, and two sessions.
    private static func fixture(
        behavior: SessionBehavior = .release,
        lockDelay: Duration = .zero,
        nodeChecks: [String] = ["alive"],
        serviceChecks: [String]? = nil
    ) throws -> Catalog {
        var catalog = Catalog()
        try catalog.register(
            "n1",
            service("web"),
            checks: [
                check("alive", .passing), check("web-ok", .warning, service: "web"),
                check("down", .critical),
            ]
        )
        for id in [one, two] {
            try catalog.create(
                SessionRow(
                    id: id,
                    node: "N1",
                    lockDelay: lockDelay,
                    behavior: behavior,
                    nodeChecks: id == one ? nodeChecks : [],
                    serviceChecks: id == one
                        ? serviceChecks?.map { SessionServiceCheck(id: $0) } : nil
                )
            )
        }
        return catalog
    }

    @Test("a session is created, listed and read, by node as well")
    func created() throws {
        let catalog = try Self.fixture()
        let session = try #require(catalog.store.session(Self.one).value)
        #expect(session.node == "n1" && session.createIndex.rawValue == 12)
        #expect(catalog.store.session(Self.two.lowercased()).value?.id == Self.two)
        #expect(catalog.store.sessions().value.map(\.id) == [Self.one, Self.two])
        #expect(catalog.store.sessions().index == catalog.index)
        #expect(catalog.store.sessions(ofNode: "N1").value.count == 2)
        #expect(catalog.store.sessions(ofNode: "n").value.isEmpty)
    }

    @Test(
        "a session needs its node and its checks, none of them critical",
        arguments: [
            ("no-such", [], nil, "Missing node registration"),
            ("n1", ["nochk"], nil, "Missing check 'nochk' registration"),
            ("n1", [], "nochk", "Missing check 'nochk' registration"),
            ("n1", ["alive", "down"], nil, "Check 'down' is in critical state"),
        ] as [(String, [String], String?, String)]
    )
    func refused(node: String, checks: [String], serviceCheck: String?, text: String) throws {
        var catalog = try Self.fixture()
        #expect(throws: CommandRefusal.invalid(text)) {
            try catalog.create(
                SessionRow(
                    id: "99999999-2222-3333-4444-555555555555",
                    node: node,
                    nodeChecks: checks,
                    serviceChecks: serviceCheck.map { [SessionServiceCheck(id: $0)] }
                )
            )
        }
        #expect(catalog.store.sessions().value.count == 2)
    }

    @Test("an ID that is none, or in use, is refused")
    func badID() throws {
        var catalog = try Self.fixture()
        for id in ["", "x", Self.two.lowercased()] {
            #expect(throws: CommandRefusal.self) {
                try catalog.create(SessionRow(id: id, node: "n1"))
            }
        }
    }

    @Test("API-086 API-087 API-088 API-089 API-090 a lock is acquired, kept and released")
    func lock() throws {
        var catalog = try Self.fixture()
        try catalog.lock("k", Self.one, "a")
        #expect(catalog.entry("k") == "a 1 \(Self.one)")
        #expect(throws: CommandRefusal.lockRefused) { try catalog.lock("k", Self.two, "b") }
        try catalog.lock("k", Self.one, "c")
        #expect(catalog.entry("k") == "c 1 \(Self.one)")
        #expect(throws: CommandRefusal.lockRefused) { try catalog.unlock("k", Self.two, "d") }
        #expect(throws: CommandRefusal.lockRefused) { try catalog.unlock("none", Self.two, "d") }
        #expect(catalog.entry("k") == "c 1 \(Self.one)")
        try catalog.unlock("k", Self.one, "e")
        #expect(catalog.entry("k") == "e 1 ")
        try catalog.lock("k", Self.two, "f")
        #expect(catalog.entry("k") == "f 2 \(Self.two)")
    }

    @Test("API-093 API-094 a lock needs a session that there is")
    func noSession() throws {
        var catalog = try Self.fixture()
        let missing = "11111111-2222-3333-4444-555555555555"
        #expect(throws: CommandRefusal.invalid("invalid session \"\(missing)\"")) {
            try catalog.lock("k", missing, "x")
        }
        #expect(throws: CommandRefusal.invalid("missing session")) {
            try catalog.lock("k", "", "x")
        }
        #expect(throws: CommandRefusal.invalid("missing session")) {
            try catalog.unlock("k", "", "x")
        }
        #expect(catalog.store.entry("k").value == nil)
    }

    @Test("API-095 a plain write to a locked key keeps the session and drops the lock's number")
    func plainWrite() throws {
        var catalog = try Self.fixture()
        try catalog.lock("k", Self.one, "a")
        try catalog.put("k", "a")
        #expect(catalog.entry("k") == "a 0 \(Self.one)")
        try catalog.apply(.session(.destroy(id: Self.one)))
        #expect(catalog.entry("k") == "a 0 ")
    }

    @Test("API-091 after its session was destroyed a lock is delayed, after a release it is not")
    func lockDelay() throws {
        var catalog = try Self.fixture(lockDelay: .seconds(2))
        catalog.time = LogTime(rawValue: 1000)
        try catalog.lock("k", Self.one, "a")
        try catalog.unlock("k", Self.one, "a")
        try catalog.lock("k", Self.two, "a")
        try catalog.unlock("k", Self.two, "a")
        try catalog.lock("k", Self.one, "a")
        try catalog.apply(.session(.destroy(id: Self.one)))
        #expect(catalog.entry("k") == "a 3 ")
        for time in [1000, 2999] as [UInt64] {
            catalog.time = LogTime(rawValue: time)
            #expect(throws: CommandRefusal.lockRefused) { try catalog.lock("k", Self.two, "b") }
        }
        // A time that goes back is none.
        catalog.time = LogTime(rawValue: 10)
        #expect(throws: CommandRefusal.lockRefused) { try catalog.lock("k", Self.two, "b") }
        try catalog.lock("other", Self.two, "b")
        catalog.time = LogTime(rawValue: 3000)
        try catalog.lock("k", Self.two, "b")
        #expect(catalog.entry("k") == "b 4 \(Self.two)")
    }

    @Test("a lock-delay is at most a minute, and delays that are over are forgotten")
    func longDelay() throws {
        var catalog = try Self.fixture(lockDelay: .seconds(3600))
        try catalog.lock("k", Self.one, "a")
        try catalog.lock("l", Self.two, "a")
        try catalog.apply(.session(.destroy(id: Self.one)))
        catalog.time = LogTime(rawValue: 60_000)
        try catalog.apply(.session(.destroy(id: Self.two)))
        try catalog.create(SessionRow(id: Self.one, node: "n1"))
        try catalog.lock("k", Self.one, "b")
        #expect(throws: CommandRefusal.lockRefused) { try catalog.lock("l", Self.one, "b") }
    }

    @Test("API-092 a session that deletes takes its keys with it")
    func deletes() throws {
        var catalog = try Self.fixture(behavior: .delete, lockDelay: .seconds(1))
        try catalog.lock("k/1", Self.one, "a")
        try catalog.lock("k/2", Self.one, "a")
        try catalog.lock("k/3", Self.two, "a")
        let changes = try catalog.apply(.session(.destroy(id: Self.one)))
        #expect(catalog.store.keys(prefix: "k/").value == ["k/3"])
        #expect(changes.topics.isSuperset(of: [.sessions, .key("k/1"), .key("k/2")]))
        #expect(!changes.topics.contains(.key("k/3")))
        #expect(catalog.store.entries(prefix: "k/").index == catalog.index)
        #expect(throws: CommandRefusal.lockRefused) { try catalog.lock("k/1", Self.two, "b") }
    }

    @Test("an unknown session is destroyed without a trace")
    func unknown() throws {
        var catalog = try Self.fixture()
        #expect(try catalog.apply(.session(.destroy(id: "nonsense"))).isEmpty)
        #expect(catalog.store.sessions().index < catalog.index)
    }

    enum End: CaseIterable {
        case nodeGoes, nodeIsRenamed, checkIsCritical, checkGoes
        case serviceCheckIsCritical, serviceGoes
    }

    @Test("API-096 a session ends with its node and its checks", arguments: End.allCases)
    func ends(_ end: End) throws {
        var catalog = try Self.fixture(serviceChecks: ["web-ok"])
        try catalog.lock("k", Self.one, "a")
        try catalog.lock("l", Self.two, "a")
        let changes: Changes
        switch end {
        case .nodeGoes: changes = try catalog.deregister("N1")
        case .nodeIsRenamed:
            let id = "aaaaaaaa-2222-3333-4444-555555555555"
            try catalog.register("n1", id: id)
            changes = try catalog.register("n2", id: id)
        case .checkIsCritical:
            changes = try catalog.register("n1", skip: true, checks: [check("alive", .critical)])
        case .checkGoes: changes = try catalog.deregister("n1", check: "alive")
        case .serviceCheckIsCritical:
            changes = try catalog.register(
                "n1",
                skip: true,
                checks: [check("web-ok", .critical, service: "web")]
            )
        case .serviceGoes: changes = try catalog.deregister("n1", service: "web")
        }
        #expect(changes.topics.isSuperset(of: [.sessions, .key("k")]))
        #expect(catalog.store.session(Self.one).value == nil)
        #expect(catalog.entry("k") == "a 1 ")
        // The other session depends on the node alone.
        let isNodeGone = end == .nodeGoes || end == .nodeIsRenamed
        #expect((catalog.store.session(Self.two).value == nil) == isNodeGone)
        #expect(catalog.entry("l") == "a 1 \(isNodeGone ? "" : Self.two)")
    }

    @Test("checks that stay, or only warn, end nothing")
    func staysAlive() throws {
        var catalog = try Self.fixture(serviceChecks: ["web-ok"])
        try catalog.register(
            "n1",
            skip: true,
            checks: [check("alive", .warning), check("aliv", .critical), check("down", .critical)]
        )
        try catalog.deregister("n1", check: "down")
        #expect(catalog.store.session(Self.one).value != nil)
    }

    @Test("a prepared query ends with its session, which must exist")
    func preparedQuery() throws {
        var catalog = try Self.fixture()
        func query(_ session: String) -> Command {
            .preparedQuery(
                PreparedQueryChange(
                    .create,
                    PreparedQueryRow(
                        id: "aaaaaaaa-0000-3333-4444-555555555555",
                        session: session,
                        service: ServiceQuery(service: "web")
                    )
                )
            )
        }
        #expect(throws: CommandRefusal.invalid("invalid session \"nope\"")) {
            try catalog.apply(query("nope"))
        }
        try catalog.apply(query(Self.one))
        try catalog.apply(.session(.destroy(id: Self.two)))
        #expect(catalog.store.preparedQueries().value.count == 1)
        let changes = try catalog.apply(.session(.destroy(id: Self.one)))
        #expect(catalog.store.preparedQueries().value.isEmpty)
        #expect(changes.topics.contains(.preparedQueries))
    }

    @Test("a session lives twice its TTL, and for ever without one")
    func timeToLive() {
        func life(_ ttl: String) -> Duration? {
            SessionRow(id: Self.one, node: "n1", ttl: ttl).timeToLive
        }
        #expect(life("15.0s") == .seconds(30))
        #expect(life("") == nil && life("0") == nil && life("0s") == nil && life("x") == nil)
    }
}

extension Catalog {
    /// Creates a session.
    mutating func create(_ session: SessionRow) throws(CommandRefusal) {
        try apply(.session(SessionChange(.create, session)))
    }

    /// Acquires a lock.
    mutating func lock(
        _ key: String,
        _ session: String,
        _ value: String
    ) throws(CommandRefusal) {
        try apply(.kv(KVOperation(.lock, key, value: Array(value.utf8), session: session)))
    }

    /// Releases a lock.
    mutating func unlock(
        _ key: String,
        _ session: String,
        _ value: String
    ) throws(CommandRefusal) {
        try apply(.kv(KVOperation(.unlock, key, value: Array(value.utf8), session: session)))
    }

    /// Value, number of the lock and session of a key.
    func entry(_ key: String) -> String? {
        store.entry(key).value.map {
            "\(String(decoding: $0.value, as: UTF8.self)) \($0.lockIndex) \($0.session)"
        }
    }
}
