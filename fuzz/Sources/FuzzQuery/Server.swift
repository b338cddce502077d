// SPDX-License-Identifier: Apache-2.0

internal import DNSAnswers
internal import DNSWire
internal import DNSZones
internal import Definitions
internal import Property
internal import Publication
internal import StateStore
internal import ZoneFiles

/// A small catalog with one zone beside it, behind both lines of answers.
@safe
final class Server {
    enum FastReply: Equatable {
        case reply([UInt8])
        case handedOver
        case silence
    }

    /// Settings that branch differently; made once.
    ///
    /// `nonisolated(unsafe)`: libFuzzer calls its target on one thread.
    nonisolated(unsafe) static let all: [Server] = [
        Server { _ in },
        Server { settings in
            settings.onlyPassing = true
            settings.enableTruncate = true
            settings.serviceTTLs = ["*": 5, "web": 10]
            settings.udpAnswerLimit = 8
            settings.alternateDomain = try? DomainName(text: "alt.zone.")
        },
        Server { settings in
            settings.disableCompression = true
            settings.aRecordLimit = 2
            settings.hasRecursors = true
            settings.udpMaximumSize = 1232
        },
    ]

    private static let capacity = 65_536

    private let snapshot: DNSSnapshot
    private let writer: DNSViewWriter
    private let reader: ViewReader
    private let buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: Server.capacity + Responder.slack,
        alignment: 64
    )

    private init(_ adjust: (inout DNSSettings) -> Void) {
        guard let domain = try? DomainName(text: "consul.") else {
            preconditionFailure("consul. is a name")
        }
        var settings = DNSSettings(domain: domain, datacenter: "dc1", nodeName: "agent1")
        adjust(&settings)
        var store = StateStore()
        for (index, command) in Server.commands.enumerated() {
            do {
                _ = try store.apply(command, at: RaftIndex(rawValue: UInt64(index + 1)))
            } catch {
                preconditionFailure("\(command): \(error)")
            }
        }
        let zones = ZoneSet(zones: Server.zones)
        snapshot = DNSSnapshot(store: store, zones: zones, settings: settings)
        writer = DNSViewWriter(settings: settings, seed: 1)
        reader = writer.makeReader()
        writer.replace(zones: zones)
        var changes = Changes()
        changes.isEverything = true
        writer.follow(changes, in: store)
        writer.publish()
    }

    deinit { unsafe buffer.deallocate() }

    /// The reference line's answer.
    func reference(_ query: [UInt8], _ transport: ClientContext.Transport) -> ReferenceReply {
        var generator = Generator(seed: 7)
        return ReferenceResponder().respond(
            to: query,
            from: ClientContext(transport: transport, address: [127, 0, 0, 1]),
            snapshot: snapshot,
            chased: [:],
            now: 1,
            generator: &generator
        )
    }

    /// The fast line's answer, from the same state of the generator.
    func fast(_ query: [UInt8], _ transport: ClientContext.Transport) -> FastReply {
        guard query.count <= Server.capacity, let start = unsafe buffer.baseAddress else {
            return .handedOver
        }
        for (index, octet) in query.enumerated() { unsafe buffer[index] = octet }
        reader.enter()
        defer { reader.leave() }
        // A responder of its own for each query: both lines begin with the same numbers.
        var responder = unsafe Responder(root: reader.root, seed: 7, batch: 1)
        responder.beginBatch(now: 1)
        switch unsafe responder.route(start, length: query.count, slot: 0) {
        case .silent: return .silence
        case .slow: return .handedOver
        case .fast: break
        }
        responder.locate(0)
        let length = unsafe responder.answer(
            start,
            slot: 0,
            capacity: Server.capacity,
            transport: transport
        )
        guard length > 0 else {
            let isWhole = query.indices.allSatisfy { unsafe buffer[$0] == query[$0] }
            Property.holds(isWhole, "overwritten before the hand-over")
            return .handedOver
        }
        Property.holds(length <= Server.capacity, "\(length) octets")
        return .reply((0..<length).map { unsafe buffer[$0] })
    }
}

extension Server {
    private static var commands: [Command] {
        var commands: [Command] = [
            .register(
                Registration(
                    node: NodeRow(
                        name: "agent1",
                        id: "00000000-0000-0000-0000-000000000001",
                        address: "127.0.0.1",
                        meta: ["a": "b", "rfc1035-x": "y"]
                    ),
                    service: ServiceRow(node: "agent1", id: "consul", name: "consul", port: 8300)
                )
            )
        ]
        // A host name, or both families, makes a service one for the reference line.
        let addresses = [
            "10.0.0.1", "10.0.0.2", "10.0.0.3", "2001:db8::1", "2001:db8::2",
            "host.example.internal",
        ]
        for (index, address) in addresses.enumerated() {
            let node = NodeRow(name: "n\(index)", address: address)
            let family = index < 3 ? "web" : index < 5 ? "six" : "named"
            for name in index < 5 ? [family, "db", "mixed"] : [family] {
                let status: CheckStatus = [.passing, .warning, .critical][(index + name.count) % 3]
                commands.append(
                    .register(
                        Registration(
                            node: node,
                            service: ServiceRow(
                                node: node.name,
                                id: name,
                                name: name,
                                tags: index.isMultiple(of: 2) ? ["v1", "Primary"] : [],
                                address: name == "db" ? "198.18.0.\(index)" : "",
                                port: 80 + index,
                                weights: ServiceWeights(passing: 3, warning: 2)
                            ),
                            checks: [
                                CheckRow(
                                    node: node.name,
                                    id: "c-\(name)",
                                    name: "c",
                                    status: status,
                                    serviceID: name
                                )
                            ]
                        )
                    )
                )
            }
        }
        return commands
    }

    private static var zones: [Zone] {
        let text = """
            $TTL 60
            @ SOA ns1 host 1 2 3 4 5
            @ NS ns1
            ns1 A 192.0.2.1
            host A 192.0.2.9
            www CNAME host
            billing CNAME web.service.consul.
            out CNAME www.elsewhere.test.
            * TXT "wildcard"
            lab NS ns.lab
            ns.lab A 192.0.2.2
            many TXT (
            \((0..<40).map { "\"string \($0) \(String(repeating: "x", count: 40))\"" }.joined(separator: "\n"))
            )
            """
        do {
            let origin = try DomainName(text: "example.internal")
            return [
                try ZoneFileParser.parse(text: text, path: "server.zone", defaultOrigin: origin)
            ]
        } catch {
            preconditionFailure("\(error)")
        }
    }
}
