// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import Definitions
import StateStore

// The forms whose instances something beside the name chooses: ingress and prepared queries.
extension SpecOracle {
    /// 2.9: the instances of the ingress gateways whose config entry lets the service in; `nil` for
    /// none.
    ///
    /// By wildcard those services are let in that there are.
    func ingress(
        _ wanted: String,
        _ name: DomainName,
        _ domain: DomainName,
        _ type: RecordType
    ) -> Answer? {
        let exists = services.contains { $0.name.lowercased() == wanted }
        let names = gateways.filter { entry in
            entry.services.contains { $0.lowercased() == wanted || $0 == "*" && exists }
        }.map { $0.name.lowercased() }
        let found = services.filter { row in
            row.kind == "ingress-gateway" && names.contains(row.name.lowercased())
        }
        return instances(found, ttl: ttl(wanted), name, domain, type)
    }

    /// 1.4, 1.7, 2.9, 2.10: a prepared query; `nil` where there is none or it finds nothing.
    func query(
        _ labels: [String],
        _ suffix: [String],
        _ name: DomainName,
        _ domain: DomainName,
        _ type: RecordType
    ) -> Answer? {
        guard suffix.isEmpty || suffix == [settings.datacenter] else { return nil }
        var parts = labels
        if parts.count > 1, parts[0].hasPrefix("_"), parts[parts.count - 1].hasPrefix("_") {
            parts.removeLast()
            parts[0].removeFirst()
        }
        let wanted = parts.joined(separator: ".")
        guard let row = queries.first(where: { $0.id.lowercased() == wanted }) ?? named(wanted)
        else { return nil }
        guard !row.isTemplate || row.id.lowercased() != wanted else {
            // A template that is asked for by its ID.
            var answer = Answer()
            answer.code = .serverFailure
            return answer
        }
        let service = Self.fill(row.service.service, row, wanted)
        let tags = row.service.tags.map { Self.fill($0, row, wanted).lowercased() }
        let found = services.filter { $0.name.lowercased() == service.lowercased() }
            .filter { isFound($0, row.service, tags) }
        // A TTL of its own, "0s" too, else that of the service in its stored spelling.
        let own: [String: UInt32] = ["0s": 0, "10s": 10, "1500ms": 1, "2m": 120]
        return records(of: found, ttl: own[row.dnsTTL] ?? ttl(service), name, domain, type)
    }

    /// The query of exactly this name, else the template with the longest name it begins with.
    private func named(_ wanted: String) -> PreparedQueryRow? {
        queries.first { !$0.isTemplate && $0.name.lowercased() == wanted }
            ?? queries.filter { $0.isTemplate && wanted.hasPrefix($0.name.lowercased()) }
            .max { $0.name.count < $1.name.count }
    }

    /// The filters of a query; `dns_config.only_passing` is none of them.
    private func isFound(_ row: ServiceRow, _ query: ServiceQuery, _ tags: [String]) -> Bool {
        let states = checks(of: row).filter { !query.ignoreCheckIDs.contains($0.id) }
            .map(\.status.rawValue)
        let isWell =
            query.onlyPassing
            ? states.allSatisfy { $0 == "passing" } : !states.contains("critical")
        let has = Set(row.tags.map { $0.lowercased() })
        let meta = nodes.first { $0.name == row.node }?.meta ?? [:]
        return isWell
            && tags.allSatisfy { tag in
                tag.hasPrefix("!") ? !has.contains(String(tag.dropFirst())) : has.contains(tag)
            }
            && (query.nodeMeta ?? [:]).allSatisfy { meta[$0.key] == $0.value }
    }

    /// What a template makes of one of its texts for a name, which comes in lower case.
    ///
    /// The expression of the random templates parts what follows `geo-` at its last hyphen.
    private static func fill(_ text: String, _ row: PreparedQueryRow, _ name: String) -> String {
        guard row.isTemplate else { return text }
        let rest = name.dropFirst(row.name.count)
        let cut = rest.lastIndex(of: "-")
        let first = cut.map { String(rest[..<$0]) } ?? ""
        let second = cut.map { String(rest[rest.index(after: $0)...]) } ?? ""
        return text.replacing("${name.full}", with: name)
            .replacing("${name.prefix}", with: row.name)
            .replacing("${name.suffix}", with: String(rest))
            .replacing("${match(1)}", with: first)
            .replacing("${match(2)}", with: second)
    }
}
