// SPDX-License-Identifier: Apache-2.0
import Definitions
import LocalState
import RaftLog
import StateStore
import TestSupport
import Testing

@testable import Agent

@Suite("Files of TTL states")
struct TTLStateStoreTests {
    private let directory = MemoryDirectory()
    private static let state = TTLState(
        checkID: "service:web",
        status: .warning,
        output: "hällo\n\u{0}",
        expiry: 1_700_000_000_123
    )
    private static let name = KeptFile.name(of: "service:web", ending: ".state")

    private var names: [String] { ((try? directory.names()) ?? []).sorted() }

    @Test("a file comes back as it was written")
    func roundTrip() throws {
        #expect(try TTLState(decoding: Self.state.encoded) == Self.state)
        try TTLStateStore(directory).keep([("service:web", Self.state)])
        #expect(names == [Self.name])
        let (states, problems) = TTLStateStore(directory).load()
        #expect(states == ["service:web": Self.state] && problems == [])
    }

    @Test("every cut and every flipped bit is refused")
    func damage() {
        let octets = Self.state.encoded
        for count in 0..<octets.count {
            #expect(throws: TTLStateError.self) { try TTLState(decoding: Array(octets[..<count])) }
        }
        for bit in 0..<(octets.count * 8) {
            var damaged = octets
            damaged[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: TTLStateError.self) { try TTLState(decoding: damaged) }
        }
    }

    @Test("a status that is none is refused though the checksum is right")
    func unknownStatus() {
        var state = Self.state
        state.status = CheckStatus(rawValue: "any")
        #expect(throws: TTLStateError(message: "unknown status \"any\"")) {
            try TTLState(decoding: state.encoded)
        }
    }

    @Test("damaged, foreign and unfinished files are removed, and told; the others are taken up")
    func load() throws {
        let other = KeptFile.name(of: "other", ending: ".state")
        directory[Self.name] = Self.state.encoded
        directory[other] = Self.state.encoded
        directory["empty.state"] = []
        directory[Self.name + ".part"] = [1]
        directory["notes"] = [1]
        let (states, problems) = TTLStateStore(directory).load()
        #expect(states == ["service:web": Self.state])
        #expect(problems.count == 2)
        let problem = "damaged: it is the state of another check; the check begins anew"
        #expect(problems.contains("/log/\(other): \(problem)"))
        #expect(names == [Self.name, "notes"].sorted())
    }

    @Test("only what differs from the file is written; what is gone is removed")
    func changes() throws {
        var local = LocalState(node: NodeRow(name: "n", address: "127.0.0.1"))
        var check = CheckDefinition()
        check.id = "c"
        check.ttl = .seconds(30)
        _ = try local.register(check, source: .http)
        let store = TTLStateStore(directory)
        #expect(store.changes(of: ["c", "x"], in: local, at: 5000).isEmpty)
        _ = try local.updateTTL("c", status: .passing, output: "")
        let first = store.changes(of: ["c"], in: local, at: 5000)
        #expect(first.map { $0.state?.expiry } == [35_000])
        try store.keep(first)
        #expect(store.changes(of: ["c"], in: local, at: 5999).isEmpty)
        #expect(store.changes(of: ["c"], in: local, at: 6000).count == 1)
        _ = try local.deregisterCheck("c")
        try store.keep(store.changes(of: ["c"], in: local, at: 5000))
        #expect(names == [])
    }

    @Test("a full disk leaves the older state of the same status, and none of another one")
    func fullDisk() throws {
        let store = TTLStateStore(directory)
        try store.keep([("service:web", Self.state)])
        var next = Self.state
        next.expiry += 1000
        // The operations of a change: open, write, rename.
        directory.fail(at: directory.operations + 1, .full)
        #expect(throws: StorageError.self) { try store.keep([("service:web", next)]) }
        #expect(TTLStateStore(directory).load().states == ["service:web": Self.state])
        next.status = .critical
        directory.fail(at: directory.operations + 1, .full)
        #expect(throws: StorageError.self) { try store.keep([("service:web", next)]) }
        #expect(TTLStateStore(directory).load().states == [:])
        try store.keep([("service:web", next)])
        #expect(TTLStateStore(directory).load().states == ["service:web": next])
    }
}
