// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones

/// Whether static zones lie inside a domain of ours, and where.
enum InnerZones: Int, Comparable {
    /// Nowhere.
    case none
    /// At the domain itself, or at a name that is no form: what the catalog does not know is for
    /// the reference line.
    case beside
    /// Where forms are: everything is for the reference line.
    case among

    /// Where a zone lies whose apex has these labels before the domain.
    init(_ labels: [String], _ settings: DNSSettings) {
        let isAmong =
            labels.contains(where: NameGrammar.isKeyword)
            || labels.last == settings.datacenter || labels.contains { $0.hasPrefix("_") }
        self = isAmong ? .among : .beside
    }

    static func < (left: InnerZones, right: InnerZones) -> Bool { left.rawValue < right.rawValue }
}

/// Where static zones lie, seen from the domains.
struct ZoneNeighbours: OptionSet {
    let rawValue: UInt8

    /// At a domain or above it: what the catalog does not know may stand there.
    static let beside = ZoneNeighbours(rawValue: 1 << 0)
    /// Below a domain: what is in such a zone is not the catalog's.
    static let below = ZoneNeighbours(rawValue: 1 << 1)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Where these zones lie.
    init(_ zones: ZoneSet, _ settings: DNSSettings) {
        self = []
        let domains = [settings.domain, settings.alternateDomain].compactMap { $0 }
        for zone in zones.zones {
            for domain in domains {
                if domain.isSubdomain(of: zone.apex) { insert(.beside) }
                if zone.apex.isSubdomain(of: domain), !domain.isSubdomain(of: zone.apex) {
                    insert(.below)
                }
            }
        }
    }
}
