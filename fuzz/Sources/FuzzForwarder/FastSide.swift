// SPDX-License-Identifier: Apache-2.0

internal import DNSAnswers
internal import Forwarding
internal import Property
internal import Publication

/// The fast line's copies of what the forwarder lends: whatever it repeats, the cache says octet for
/// octet.
@safe
final class FastSide {
    private static let capacity = 65_535
    private let kept = KeptAnswers(seed: 1)
    private let responder: KeptAnswerResponder
    // One buffer for all inputs: libFuzzer calls its target on one thread.
    private nonisolated(unsafe) static let memory = UnsafeMutableRawPointer.allocate(
        byteCount: capacity + KeptAnswerResponder.slack,
        alignment: 64
    )

    init() { responder = KeptAnswerResponder(reader: kept.makeReader()) }

    /// Follows the forwarder.
    func follow(_ lendings: [Lending]) {
        for lending in lendings {
            switch lending {
            case .lent(let lent):
                Property.holds(lent.until > lent.since, "lent for no time")
                kept.insert(
                    KeptAnswer(
                        key: Self.key(lent.key),
                        octets: lent.reply.octets,
                        ttlOffsets: lent.reply.ttlOffsets,
                        answers: lent.reply.answers,
                        authorities: lent.reply.authorities,
                        code: lent.reply.code,
                        isAuthentic: lent.reply.isAuthentic,
                        since: lent.since,
                        until: lent.until,
                        maximumUDPSize: 65_467
                    )
                )
            case .withdrawn(let key): kept.remove(Self.key(key))
            case .allWithdrawn: kept.removeAll()
            }
        }
        kept.publish()
    }

    /// What the fast line says to a query; `nil` when it hands over, and leaves the query as it was.
    func answer(_ query: ForwardedQuery, overTCP: Bool, now: UInt64) -> [UInt8]? {
        let octets = query.octets
        guard kept.count > 0, octets.count <= Self.capacity else { return nil }
        for (index, octet) in octets.enumerated() {
            unsafe Self.memory.storeBytes(of: octet, toByteOffset: index, as: UInt8.self)
        }
        let length = unsafe responder.answer(
            Self.memory,
            length: octets.count,
            capacity: Self.capacity,
            transport: overTCP ? .tcp : .udp,
            now: now
        )
        let count = length > 0 ? length : octets.count
        let found = unsafe Array(UnsafeRawBufferPointer(start: Self.memory, count: count))
        if length > 0 { return found }
        Property.holds(found == octets, "a query was changed and handed over")
        return nil
    }

    private static func key(_ key: ReplyKey) -> KeptAnswer.Key {
        KeptAnswer.Key(
            name: key.name,
            type: key.type,
            dnssecOK: key.dnssecOK,
            checkingDisabled: key.checkingDisabled
        )
    }
}
