// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Definitions
import Publication
import StateStore

@testable import DNSAnswers

/// The fast line with a view of its own, asked one query at a time.
@safe
final class FastLine {
    enum Reply: Equatable {
        case reply([UInt8])
        case handedOver
        case silence
    }

    static let capacity = 65536

    let writer: DNSViewWriter
    private let reader: ViewReader
    private var responder: Responder
    private let buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: FastLine.capacity + Responder.slack,
        alignment: 64
    )

    init(settings: DNSSettings, seed: UInt64 = 0x5eed) {
        writer = DNSViewWriter(settings: settings, seed: seed)
        reader = writer.makeReader()
        responder = unsafe Responder(root: reader.root, seed: 1, batch: 1)
    }

    deinit { unsafe buffer.deallocate() }

    /// Shows the view the whole state.
    func follow(_ state: StateStore) {
        var changes = Changes()
        changes.isEverything = true
        writer.follow(changes, in: state)
        writer.publish()
    }

    /// Asks; what stands behind the query is poison, as in a buffer that is used again.
    func ask(
        _ query: [UInt8],
        _ transport: ClientContext.Transport,
        generator: Generator = Generator(seed: 1),
        now: UInt32 = 0,
        capacity: Int = FastLine.capacity,
        poison: UInt8 = 0xc3,
        afterRoute: () -> Void = {}
    ) -> Reply {
        guard let start = unsafe buffer.baseAddress else { return .silence }
        unsafe start.initializeMemory(as: UInt8.self, repeating: poison, count: buffer.count)
        for (index, octet) in query.enumerated() { unsafe buffer[index] = octet }
        reader.enter()
        defer { reader.leave() }
        responder.generator = generator
        responder.beginBatch(now: now)
        switch unsafe responder.route(start, length: query.count, slot: 0) {
        case .silent: return .silence
        case .slow: return .handedOver
        case .fast: break
        }
        afterRoute()
        responder.locate(0)
        let length = unsafe responder.answer(
            start,
            slot: 0,
            capacity: capacity,
            transport: transport
        )
        if length == 0 {
            // Nothing may be overwritten before a query is handed over.
            precondition(query.indices.allSatisfy { unsafe buffer[$0] == query[$0] })
            return .handedOver
        }
        precondition(length <= capacity)
        return .reply((0..<length).map { unsafe buffer[$0] })
    }
}

/// Queries in wire form.
enum QueryOctets {
    static func make(
        _ labels: [[UInt8]],
        type: UInt16,
        id: UInt16 = 0x1234,
        flags: UInt16 = 0x0100,
        edns: UInt16? = nil,
        options: [UInt8] = []
    ) -> [UInt8] {
        var octets = [UInt8(id >> 8), UInt8(id & 255), UInt8(flags >> 8), UInt8(flags & 255)]
        octets += [0, 1, 0, 0, 0, 0, 0, edns == nil ? 0 : 1]
        for label in labels { octets += [UInt8(label.count)] + label }
        octets += [0, UInt8(type >> 8), UInt8(type & 255), 0, 1]
        if let edns {
            octets += [0, 0, 41, UInt8(edns >> 8), UInt8(edns & 255), 0, 0, 0, 0]
            octets += [UInt8(options.count >> 8), UInt8(options.count & 255)] + options
        }
        return octets
    }

    static func make(_ name: String, type: RecordType, edns: UInt16? = nil) -> [UInt8] {
        make(
            name.split(separator: ".").map { Array($0.utf8) },
            type: type.rawValue,
            edns: edns
        )
    }
}
