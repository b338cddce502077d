// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore
import Testing

/// A bound on names keeps walks of the tables from going as deep as a client likes.
@Suite("Names have a limit")
struct NameLimitTests {
    private func refusal(_ registration: Registration) -> CommandRefusal? {
        var store = StateStore()
        do {
            _ = try store.apply(.register(registration), at: RaftIndex(rawValue: 1))
            return nil
        } catch { return error }
    }

    private let longest = String(repeating: "n", count: NameLimit.octets)

    @Test("names of 1,024 octets that differ in the last are all kept")
    func longestNames() throws {
        var store = StateStore()
        for n in 0..<50 {
            let name = longest.dropLast(2) + (n < 10 ? "0\(n)" : "\(n)")
            let node = NodeRow(name: String(name), address: "10.0.0.1")
            let service = ServiceRow(node: node.name, id: String(name), name: String(name))
            _ = try store.apply(
                .register(Registration(node: node, service: service)),
                at: RaftIndex(rawValue: UInt64(n + 1))
            )
        }
        #expect(store.nodes().value.count == 50)
        #expect(store.serviceNames().value.count == 50)
    }

    @Test("a longer one is refused, wherever it stands, and changes nothing")
    func longerNames() {
        let long = longest + "n"
        let node = NodeRow(name: "n1", address: "10.0.0.1")
        #expect(refusal(Registration(node: NodeRow(name: long, address: "10.0.0.1"))) != nil)
        #expect(refusal(Registration(node: NodeRow(name: "n1", address: long))) != nil)
        #expect(
            refusal(Registration(node: node, service: ServiceRow(node: "n1", id: "s", name: long)))
                != nil
        )
        #expect(
            refusal(Registration(node: node, service: ServiceRow(node: "n1", id: long, name: "s")))
                != nil
        )
        let check = CheckRow(node: "n1", id: long, name: "c", status: .passing)
        #expect(
            refusal(Registration(node: node, checks: [check]))
                == .invalid("Check ID is 1025 octets long; at most 1024 are allowed")
        )
        var proxy = ServiceRow(node: "n1", id: "p", name: "p")
        proxy.kind = "connect-proxy"
        proxy.proxy = ProxyDefinition(destinationServiceName: long)
        #expect(
            refusal(Registration(node: node, service: proxy))
                == .invalid(
                    "Proxy.DestinationServiceName is 1025 octets long; at most 1024 are allowed"
                )
        )
        #expect(refusal(Registration(node: node)) == nil)
    }

    @Test(
        "so are segments of coordinates and IDs of queries, by the state and before they are in a log"
    )
    func otherKeys() throws {
        var store = StateStore()
        let node = NodeRow(name: "n1", address: "10.0.0.1")
        _ = try store.apply(.register(Registration(node: node)), at: RaftIndex(rawValue: 1))
        let coordinates = Command.coordinates(
            ["a", longest + "n"].map {
                CoordinateRow(node: "n1", segment: $0, coordinate: NetworkCoordinate())
            }
        )
        let text = "Segment is 1025 octets long; at most 1024 are allowed"
        #expect(throws: CommandRefusal.invalid(text)) {
            try store.apply(coordinates, at: RaftIndex(rawValue: 2))
        }
        #expect(store.coordinates().value.isEmpty)
        #expect(throws: SubmitError.refused(.invalid(text))) {
            try coordinates.validate(upTo: 1 << 20)
        }
        let query = PreparedQueryRow(
            id: longest + "n",
            name: "q",
            service: ServiceQuery(service: "s")
        )
        #expect(throws: CommandRefusal.self) {
            try store.apply(
                .preparedQuery(PreparedQueryChange(.create, query)),
                at: RaftIndex(rawValue: 3)
            )
        }
    }
}
