// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore
import Synchronization
import Testing

@testable import Agent

@Suite("The agent's own node")
struct OwnNodeTests {
    @Test("enters the catalog with serfHealth passing and service consul on the server port")
    func registration() throws {
        let node = OwnNode.row(
            name: "agent1",
            id: "",
            address: "127.0.0.1",
            taggedAddresses: ["wan": "192.0.2.1"],
            meta: ["rack": "7"],
            version: "1.21.4"
        )
        #expect(node.taggedAddresses?["lan_ipv4"] == "127.0.0.1")
        #expect(node.taggedAddresses?["wan"] == "192.0.2.1")
        #expect(node.meta?["consul-network-segment"] == "" && node.meta?["rack"] == "7")
        var store = StateStore()
        let command = OwnNode.registration(of: node, serverPort: 8300, version: "1.21.4")
        _ = try store.apply(command, at: RaftIndex(rawValue: 1))
        let instance = try #require(store.instances(ofService: "consul").value.first)
        #expect(instance.service.port == 8300 && instance.node.name == "agent1")
        #expect(instance.checks.map(\.id) == ["serfHealth"])
        #expect(instance.checks.map(\.status) == [.passing])
    }

    @Test("is told the catalog again where it lacks the service, the check, or the node")
    func missing() throws {
        let node = OwnNode.row(
            name: "agent1",
            id: "",
            address: "127.0.0.1",
            taggedAddresses: [:],
            meta: [:],
            version: "1"
        )
        var store = StateStore()
        func missing(port: Int = 8300) -> Command? {
            OwnNode.missing(from: store, node: node, serverPort: port, version: "1")
        }
        func apply(_ command: Command) throws {
            _ = try store.apply(command, at: store.lastIndex.next)
        }
        try apply(#require(missing()))
        #expect(missing() == nil)
        #expect(missing(port: 8301) != nil)
        // A restored snapshot may have a server of the same name, elsewhere and with another ID.
        for change in [\NodeRow.id, \NodeRow.address] {
            var other = node
            other[keyPath: change] = "10.0.0.2"
            try apply(.register(Registration(node: other)))
            try apply(#require(missing()))
            #expect(missing() == nil)
        }
        let gone = [
            Deregistration(node: "agent1", checkID: "serfHealth"),
            Deregistration(node: "agent1", serviceID: "consul"), Deregistration(node: "agent1"),
        ]
        for deregistration in gone {
            try apply(.deregister(deregistration))
            try apply(#require(missing()))
            #expect(missing() == nil)
        }
        let check = CheckRow(node: "agent1", id: "serfHealth", name: "x", status: .critical)
        try apply(.register(Registration(node: node, checks: [check])))
        #expect(missing() != nil)
        // What others say of the node is the business of the synchronization.
        var other = node
        other.meta = ["a": "b"]
        try apply(#require(missing()))
        try apply(.register(Registration(node: other)))
        #expect(missing() == nil)
    }

    /// Applies what it is told to a state.
    private final class Catalog: CommandSubmitter {
        let store = Mutex(StateStore())

        func perform(_ command: Command) async throws(SubmitError) -> CommandOutcome {
            try store.withLock { store throws(SubmitError) in
                let index = store.lastIndex.next
                do throws(CommandRefusal) {
                    _ = try store.apply(command, at: index)
                } catch { throw .refused(error) }
                return CommandOutcome(index: index)
            }
        }
    }

    private static func server(_ name: String, id: String) -> Command {
        let node = OwnNode.row(
            name: name,
            id: id,
            address: "127.0.0.1",
            taggedAddresses: [:],
            meta: [:],
            version: "1"
        )
        return OwnNode.registration(of: node, serverPort: 8300, version: "1")
    }

    @Test("takes its name from a predecessor with another ID, which seems to live")
    func takeover() async throws {
        let catalog = Catalog()
        let (old, new) = (
            "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"
        )
        try await OwnNode.submit(Self.server("n1", id: old), to: catalog)
        try await OwnNode.submit(Self.server("N1", id: new), to: catalog)
        let store = catalog.store.withLock { $0 }
        #expect(store.nodes().value.map(\.id) == [new])
        #expect(store.check(onNode: "n1", id: "serfHealth")?.status == .passing)
        #expect(store.instances(ofService: "consul").value.count == 1)
    }

    @Test(
        "is the only one that gossip knows: others with serfHealth are strangers, external nodes are not"
    )
    func strangers() async throws {
        let catalog = Catalog()
        for name in ["n1", "gone"] {
            try await OwnNode.submit(Self.server(name, id: ""), to: catalog)
        }
        let external = NodeRow(name: "external", address: "192.0.2.1")
        let check = CheckRow(node: "external", id: "ping", name: "ping", status: .passing)
        _ = try await catalog.submit(.register(Registration(node: external, checks: [check])))
        #expect(OwnNode.strangers(in: catalog.store.withLock { $0 }, own: "N1") == ["gone"])
    }

    @Test("an IPv6 address is tagged as such")
    func family() {
        let node = OwnNode.row(
            name: "a",
            id: "",
            address: "2001:db8::1",
            taggedAddresses: [:],
            meta: [:],
            version: "1"
        )
        #expect(node.taggedAddresses?["lan_ipv6"] == "2001:db8::1")
        #expect(node.taggedAddresses?["lan_ipv4"] == nil)
    }
}
