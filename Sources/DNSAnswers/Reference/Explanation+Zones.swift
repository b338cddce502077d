// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones

/// What static zones answer, beside the catalog and in its domain.
extension Explanation {
    /// Explains what a static zone answers.
    ///
    /// - Returns: whether one encloses the name.
    @discardableResult
    mutating func answerFromZone(_ context: inout LookupContext) -> Bool {
        let zones = context.snapshot.zones
        guard var answer = zones.search(name, type) else { return false }
        zone = zones.zone(answering: name, type)?.apex
        if context.isForOthers(name) {
            notes.append("the zone delegates it")
            forward(context.settings, otherwise: .refused)
            return true
        }
        guard !Self.isTransfer(type) else {
            code = .notImplemented
            notes.append(Self.noTransfer)
            return true
        }
        let own = answer.answers
        context.follow(&answer)
        _ = context.followAbroad(&answer)
        context.replaceApexRecords(of: &answer)
        code = answer.responseCode
        answers = answer.answers
        noteRecursors(context)
        ttl = zoneTTL(of: answer, own: own, context.settings).joined(separator: "; ")
        return true
    }

    /// The TTLs of a zone's answer, those that are the catalog's with the keys that they are from.
    private func zoneTTL(
        of answer: ZoneAnswer,
        own: [ResourceRecord],
        _ settings: DNSSettings
    ) -> [String] {
        var parts = apexTTL(settings)
        let others = answers.filter { !isOfApex($0, settings) }
        let isOwn = { (record: ResourceRecord) in own.contains(record) }
        let behind = others.first { !isOwn($0) }
        let soa = answer.authorities.first { $0.type == .soa }
        let negative = soa.map { soa in
            settings.isDomain(soa.name)
                ? absence(settings) : "\(soa.ttl) s for the absence, as in the zone's SOA"
        }
        if let first = others.first(where: isOwn) {
            let isFollowed = behind != nil || negative != nil
            let what = isFollowed ? " of the alias" : parts.isEmpty ? "" : " of the rest"
            parts.append("\(first.ttl) s\(what), as in the zone file")
        }
        if let behind { parts.append("\(behind.ttl) s behind it, from the catalog") }
        if let negative { parts.append(negative) }
        if parts.isEmpty, let server = answer.authorities.first {
            parts.append("\(server.ttl) s of the delegation, as in the zone file")
        }
        return parts
    }

    /// The TTLs of a domain's own SOA and NS, where they are in the answer.
    func apexTTL(_ settings: DNSSettings) -> [String] {
        let apex = answers.filter { isOfApex($0, settings) }
        var parts: [String] = []
        if let soa = apex.first(where: { $0.type == .soa }) {
            parts.append("\(soa.ttl) s of the SOA, dns_config.soa.min_ttl")
        }
        if let server = apex.first(where: { $0.type == .ns }) {
            parts.append("\(server.ttl) s of the NS, dns_config.node_ttl")
        }
        return parts
    }

    private func isOfApex(_ record: ResourceRecord, _ settings: DNSSettings) -> Bool {
        (record.type == .soa || record.type == .ns) && settings.isDomain(record.name)
    }
}
