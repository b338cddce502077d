// SPDX-License-Identifier: Apache-2.0

internal import DNSAnswers
internal import DNSWire
internal import DNSZones
internal import Glibc
internal import Property
internal import Publication
internal import StateStore

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
        Server { settings in
            settings.isStrict = true
            settings.weightsAddresses = true
            settings.isDualStack = true
            settings.protectThresholds = ["web": 0.9, "*": 0.2]
            settings.reverseTTL = 30
            settings.reverseZones = [DNSSettings.reverseZone(ofPrefix: "198.18.0.0/16")]
                .compactMap { $0 }
            settings.hasRecursors = true
        },
        Server { settings in
            settings.udpAnswerLimit = 0
            settings.additionalNodeMetaTXT = false
            settings.hasRecursors = true
            settings.soaMinimumTTL = 60
        },
    ]

    private static let capacity = 65_536
    private static let seed: UInt64 = 7

    private let settings: DNSSettings
    private let base: StateStore
    private var store: StateStore
    private let zones: ZoneSet
    private let writer: DNSViewWriter
    private let reader: ViewReader
    private var responder: Responder
    /// What the changes of this input have touched.
    private var touched = Changes()
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
        self.settings = settings
        base = Catalog.store()
        store = base
        zones = ZoneSet(zones: Catalog.zones)
        writer = DNSViewWriter(settings: settings, seed: 1)
        reader = writer.makeReader()
        responder = unsafe Responder(root: reader.root, seed: Server.seed, batch: 1)
        writer.replace(zones: zones)
        var changes = Changes()
        changes.isEverything = true
        writer.follow(changes, in: store)
        writer.publish()
    }

    deinit { unsafe buffer.deallocate() }

    /// Changes the catalog on both lines.
    func change(_ changes: [CatalogChange]) {
        for change in changes {
            for command in change.commands(in: store) {
                let index = RaftIndex(rawValue: store.lastIndex.rawValue + 1)
                // A refusal is a fine outcome: both lines go on as before.
                if let more = try? store.apply(command, at: index) { touched.formUnion(more) }
            }
        }
        guard !changes.isEmpty else { return }
        writer.follow(touched, in: store)
        writer.publish()
    }

    /// Takes the changes back: the same names are built anew from the state before.
    func restore() {
        guard !touched.services.isEmpty || !touched.nodes.isEmpty else { return }
        store = base
        writer.follow(touched, in: base)
        writer.publish()
        touched = Changes()
    }

    /// The reference line's answer.
    func reference(_ query: [UInt8], _ transport: ClientContext.Transport) -> ReferenceReply {
        var generator = Generator(seed: Server.seed)
        return ReferenceResponder().respond(
            to: query,
            from: ClientContext(transport: transport, address: [127, 0, 0, 1]),
            snapshot: DNSSnapshot(store: store, zones: zones, settings: settings),
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
        unsafe query.withUnsafeBytes { unsafe buffer.copyMemory(from: $0) }
        reader.enter()
        defer { reader.leave() }
        responder.reseed(Server.seed)
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
            let isWhole = unsafe query.withUnsafeBytes { octets in
                guard let first = octets.baseAddress else { return true }
                return unsafe memcmp(first, start, octets.count) == 0
            }
            Property.holds(isWhole, "overwritten before the hand-over")
            return .handedOver
        }
        Property.holds(length <= Server.capacity, "\(length) octets")
        return .reply(unsafe Array(UnsafeRawBufferPointer(start: start, count: length)))
    }
}
