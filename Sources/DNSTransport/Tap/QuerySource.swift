// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// What a reply was made from.
public enum QuerySource: UInt8, Sendable, Hashable, CaseIterable {
    /// Nothing: a refusal, a failure, a limit.
    case none
    /// The catalog, reverse names included.
    case catalog
    /// A static zone.
    case zone
    /// What a recursor said before.
    case cache
    /// What a recursor said now.
    case upstream

    /// Of a reply that the reference line made: by its code, authority and name.
    ///
    /// - Parameters:
    ///   - reply: its octets.
    ///   - domains: the catalog's, folded, as on the wire.
    init(reply: some Collection<UInt8>, domains: [[UInt8]]) {
        let octets = Array(reply.prefix(12 + 255))
        guard octets.count > 12, octets[2] & 4 != 0, octets[3] & 15 == 0 || octets[3] & 15 == 3
        else {
            self = .none
            return
        }
        var tail: [UInt8] = []
        var at = 12
        while at < octets.count, octets[at] > 0, octets[at] <= 63 {
            at += Int(octets[at]) + 1
        }
        guard at < octets.count else {
            self = .none
            return
        }
        tail = octets[12...at].map(foldedOctet)
        let isOurs = domains.contains { domain in
            tail.count >= domain.count && tail.suffix(domain.count).elementsEqual(domain)
        }
        self = isOurs || tail.suffix(6).elementsEqual([4, 97, 114, 112, 97, 0]) ? .catalog : .zone
    }
}
