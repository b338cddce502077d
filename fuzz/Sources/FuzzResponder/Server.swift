// SPDX-License-Identifier: Apache-2.0

@_spi(Comparison) internal import DNSAnswers
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

    private static let capacity = 65_536
    private static let seed: UInt64 = 7

    private let settings: DNSSettings
    private let base: StateStore
    private var store: StateStore
    private let zones: ZoneSet
    private let writer: DNSViewWriter
    private let reader: ViewReader
    private var responder: Responder
    /// The changes that were made last, and what they touched.
    private var changed: [UInt8] = []
    private var touched = Changes()
    private let hasWide: Bool
    /// What the entries of the first state take.
    private var baseOctets = 0
    /// Everything that the reference line knows.
    private(set) var snapshot: DNSSnapshot
    private let buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: Server.capacity + Responder.slack,
        alignment: 64
    )

    /// The settings come as a reload, after a catalog under those of Consul.
    init(_ breadth: Catalog.Breadth, zonesInside: [String], settings: DNSSettings) {
        self.settings = settings
        base = Catalog.store(breadth)
        store = base
        zones = ZoneSet(zones: Catalog.zones(zonesInside))
        hasWide = breadth != .few
        snapshot = DNSSnapshot(store: base, zones: zones, settings: settings)
        let plain = DNSSettings(
            domain: settings.domain,
            datacenter: settings.datacenter,
            nodeName: settings.nodeName
        )
        writer = DNSViewWriter(settings: plain, seed: 1)
        reader = writer.makeReader()
        responder = unsafe Responder(root: reader.root, seed: Server.seed, batch: 1)
        writer.replace(zones: zones)
        var changes = Changes()
        changes.isEverything = true
        writer.follow(changes, in: store)
        writer.publish()
        writer.replace(settings: settings, state: store)
        writer.publish()
        baseOctets = writer.liveOctets
    }

    deinit { unsafe buffer.deallocate() }

    /// Puts the catalog into the state that these changes make of the first one, on both lines.
    ///
    /// First what the last input has changed is built anew, each service as a whole, so that an
    /// input finds the same whatever came before it; then each change is followed by itself. Nothing
    /// is done when both changed the same.
    func change(_ octets: ArraySlice<UInt8>) {
        guard !octets.elementsEqual(changed) else { return }
        changed = Array(octets)
        touched.instances = []
        store = base
        writer.follow(touched, in: store)
        writer.publish()
        Property.holds(writer.liveOctets == baseOctets, "octets stay: \(writer.liveOctets)")
        touched = Changes()
        for start in stride(from: octets.startIndex, to: octets.endIndex, by: CatalogChange.size) {
            let change = CatalogChange(octets[start..<start + CatalogChange.size])
            var step = Changes()
            for command in hasWide ? change.anyCommands(in: store) : change.commands(in: store) {
                let index = RaftIndex(rawValue: store.lastIndex.rawValue + 1)
                // A refusal is a fine outcome: both lines go on as before.
                if let more = try? store.apply(command, at: index) { step.formUnion(more) }
            }
            writer.follow(step, in: store)
            touched.formUnion(step)
        }
        writer.publish()
        Property.holds(writer.retiredOctets == 0, "\(writer.retiredOctets) octets are kept")
        let plain = DNSSnapshot(store: store, zones: zones, settings: settings)
        snapshot = hasWide && !touched.instances.isEmpty ? writer.ordered(plain) : plain
    }

    /// The reference line's answer.
    func reference(
        _ query: [UInt8],
        _ client: ClientContext,
        chased: [ChaseQuestion: Resolution] = [:]
    ) -> ReferenceReply {
        var generator = Generator(seed: Server.seed)
        return ReferenceResponder().respond(
            to: query,
            from: client,
            snapshot: snapshot,
            chased: chased,
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
