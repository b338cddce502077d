// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import DNSZones
import Logging
import NIOPosix
import Publication
import StateStore
import Synchronization

@testable import DNSTransport

/// A whole DNS server on loopback with a small catalog: service `web` on two nodes, service `ext`
/// with a host name as address, service `many` of 60 instances.
final class TestServer {
    let server: DNSServer
    let writer: DNSViewWriter

    init(
        addresses: [String] = ["127.0.0.1"],
        workers: Int = 2,
        recursors: [RecursorAddress] = [],
        truncates: Bool = false,
        timeout: Duration = .milliseconds(200),
        stream: StreamLimits = StreamLimits(),
        activation: SocketActivation? = nil,
        zones: ZoneSet = ZoneSet(),
        rateLimit: RateLimit = RateLimit(),
        tap: QueryTapSettings = QueryTapSettings(),
        answer: SlowLine.Answer? = nil
    ) async throws {
        var settings = DNSSettings(
            domain: try DomainName(text: "consul."),
            datacenter: "dc1",
            nodeName: "n1"
        )
        settings.hasRecursors = !recursors.isEmpty
        settings.enableTruncate = truncates
        var store = StateStore()
        let writer = DNSViewWriter(settings: settings, seed: 7)
        func add(_ node: String, _ address: String, _ service: ServiceRow) throws {
            let index = store.lastIndex.next
            let command = Command.register(
                Registration(node: NodeRow(name: node, address: address), service: service)
            )
            writer.follow(try store.apply(command, at: index), in: store)
        }
        for number in 1...2 {
            try add(
                "n\(number)",
                "10.0.0.\(number)",
                ServiceRow(node: "n\(number)", id: "web", name: "web", port: 8080)
            )
        }
        try add(
            "e1",
            "10.0.0.20",
            ServiceRow(node: "e1", id: "ext", name: "ext", address: "www.example.net", port: 80)
        )
        for number in 0..<60 {
            try add(
                "m\(number)",
                "10.1.0.\(number)",
                ServiceRow(node: "m\(number)", id: "many", name: "many", port: 1000 + number)
            )
        }
        writer.replace(zones: zones)
        writer.publish()
        let readers = (0..<64).map { _ in writer.makeReader() }
        let taken = Mutex(0)
        let makeReader: @Sendable () -> ViewReader = {
            taken.withLock { taken in
                taken += 1
                return readers[taken - 1]
            }
        }
        var configuration = DNSServerConfiguration(
            addresses: addresses.compactMap { DNSEndpoint(host: $0, port: 0) },
            workers: workers,
            forwarding: Forwarder.Configuration(recursors: recursors, timeout: timeout),
            stream: stream
        )
        configuration.forwarding.ownDomains = [settings.domain]
        configuration.activation = activation
        configuration.rateLimit = rateLimit
        configuration.tap = tap
        configuration.catalogDomains = [settings.domain]
        let group = MultiThreadedEventLoopGroup.singleton
        let logger = Logger(label: "test")
        if let answer {
            server = DNSServer(
                configuration: configuration,
                makeReader: makeReader,
                eventLoopGroup: group,
                logger: logger,
                answer: answer
            )
        } else {
            let snapshot = DNSSnapshot(store: store, zones: zones, settings: settings)
            server = DNSServer(
                configuration: configuration,
                snapshots: SnapshotCell(snapshot),
                makeReader: makeReader,
                eventLoopGroup: group,
                logger: logger
            )
        }
        self.writer = writer
        try await server.start()
    }

    /// The first address.
    var endpoint: DNSEndpoint { server.boundAddresses[0] }

    func stop() async { await server.stop() }
}
