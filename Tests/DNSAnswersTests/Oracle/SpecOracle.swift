// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import Definitions
import StateStore

/// What the specification of the DNS interface (sections 1.4–2.10, and the mended lines of 8.1)
/// says about a question: written from its text, slow and simple, and of nothing that answers.
///
/// Rows go in, sets of records come out. Order, choice and cuts are the judge's (``OracleJudge``).
struct SpecOracle {
    let settings: DNSSettings
    let nodes: [NodeRow]
    let services: [ServiceRow]
    let checks: [CheckRow]
    let queries: [PreparedQueryRow]
    let gateways: [ConfigEntryRow]
    let virtual: VirtualNumbers

    /// What a form answers before anything is cut.
    struct Answer {
        var code = ResponseCode.noError
        /// All records that may be in the answer section.
        var answers: [ResourceRecord] = []
        /// Where there is no address: aliases, one of which is the answer.
        var aliases: Set<DomainName> = []
        /// What may be beside the answers.
        var additionals: [ResourceRecord] = []
        /// Whether `a_record_limit` counts.
        var isLimited = false
        /// How many of the answers there are at most, all at once.
        var most = Int.max
        /// All records that may be in the authority section beside answers.
        var authorities: [ResourceRecord] = []
        /// How many of them there are.
        var authorityCount = 0
        /// The authority section where there are no answers.
        var negative: [ResourceRecord] = []
        /// Whether recursors are asked instead.
        var isForwarded = false
    }

    init(_ store: StateStore, _ virtual: VirtualNumbers, _ settings: DNSSettings) {
        self.settings = settings
        self.virtual = virtual
        nodes = store.nodes().value
        services = nodes.flatMap { store.services(onNode: $0.name).value?.services ?? [] }
        checks = nodes.flatMap { store.checks(onNode: $0.name).value }
        queries = store.preparedQueries().value
        gateways = store.configEntries(ofKind: .ingressGateway).value
    }

    // MARK: 1.3, 1.4: which form

    /// The labels before the domain in lower case, and the domain as it was spelled; `nil`
    /// outside.
    func split(_ name: DomainName) -> (labels: [String], domain: DomainName)? {
        let domains = [settings.domain, settings.alternateDomain].compactMap { $0 }
            .sorted { $0.labelCount > $1.labelCount }
        for domain in domains where name.isSubdomain(of: domain) {
            let labels = name.labels.map(Array.init)
            let left = labels.dropLast(domain.labelCount).map(Self.text)
            let spelled = try? DomainName(labels: labels.suffix(domain.labelCount).map { $0 })
            return (left, spelled ?? domain)
        }
        return nil
    }

    /// 1.6: names with characters that text form escapes never match.
    private static func text(_ label: [UInt8]) -> String {
        let plain = label.allSatisfy {
            (0x21...0x7e).contains($0) && !#".\"();@"#.utf8.contains($0)
        }
        return plain ? String(decoding: label, as: UTF8.self).lowercased() : "\\"
    }

    /// 1.2, 1.3: what a question is answered with; `nil` where the oracle knows no answer, which
    /// nothing that is asked may come to.
    func answer(_ name: DomainName, _ type: RecordType, now: UInt32) -> Answer? {
        if name.labels.last.map({ Self.text(Array($0)) }) == "arpa" {
            return reverse(name, type, now: now)
        }
        guard let (labels, domain) = split(name) else { return nil }
        guard let authority = authority(of: domain, now: now) else { return nil }
        switch type {
        case .ns: return nameServers(domain)
        case .soa:
            // 2.7: answer SOA, authority NS, additional glue.
            var answer = nameServers(domain)
            (answer.authorities, answer.answers) = (answer.answers, [authority])
            (answer.authorityCount, answer.most) = (min(3, answer.authorities.count), 1)
            return answer
        case .axfr: return nil
        default:
            var answer = form(labels, name, domain, type)
            if answer?.code != .serverFailure { answer?.negative = [authority] }
            return answer
        }
    }

    /// 1.4.
    private func form(
        _ labels: [String],
        _ name: DomainName,
        _ domain: DomainName,
        _ type: RecordType
    ) -> Answer? {
        // D5: addresses of the name servers; not asked for.
        if labels == ["ns"] { return nil }
        let keywords: Set = ["service", "connect", "virtual", "ingress", "node", "query", "addr"]
        var missing = Answer()
        missing.code = .nameError
        for index in labels.indices.reversed() {
            let isShort = type == .srv && labels[index].hasPrefix("_")
            guard keywords.contains(labels[index]) || isShort else { continue }
            let keyword = isShort ? "service" : labels[index]
            let parts = Array(labels[..<(isShort ? index + 1 : index)])
            let suffix = Array(labels[(index + 1)...])
            guard let last = parts.last else { return missing }
            if keyword == "addr" {
                return parts.count == 1 ? address(last, name, domain, type) : missing
            }
            if keyword == "query" {
                return query(parts, suffix, name, domain, type) ?? missing
            }
            guard isHere(suffix) else { return keyword == "virtual" ? nil : missing }
            switch keyword {
            case "service": return service(parts, name, domain, type) ?? missing
            case "connect": return connect(last, name, domain, type) ?? missing
            case "ingress": return ingress(last, name, domain, type) ?? missing
            case "node": return node(parts.joined(separator: "."), name, type) ?? missing
            case "virtual": return virtual(last, name, domain)
            default: return missing
            }
        }
        return missing
    }

    /// 1.5: none, the own datacenter, or `<own>.dc`.
    private func isHere(_ suffix: [String]) -> Bool {
        suffix.isEmpty || suffix == [settings.datacenter] || suffix == [settings.datacenter, "dc"]
    }

    // MARK: 2.2: service, connect

    private func service(
        _ parts: [String],
        _ name: DomainName,
        _ domain: DomainName,
        _ type: RecordType
    ) -> Answer? {
        var wanted = parts[parts.count - 1]
        var tags: [String] = []
        if parts.count >= 2, parts[0].hasPrefix("_"), parts[1].hasPrefix("_") {
            wanted = String(parts[0].dropFirst())
            let proto = String(parts[1].dropFirst())
            if !["", "tcp"].contains(proto) { tags.append(proto) }
            if parts.count > 2 { tags.append(parts[2...].joined(separator: ".")) }
        } else if parts.count > 1 {
            tags = [parts.dropLast().joined(separator: ".")]
        }
        let named = services.filter { $0.name.lowercased() == wanted }
        let found = named.filter { row in
            tags.allSatisfy { tag in row.tags.contains { $0.lowercased() == tag } }
        }
        return instances(found, ttl: ttl(wanted), name, domain, type)
    }

    /// 2.9: one A whatever is asked, health ignored, TTL `node_ttl`.
    private func virtual(_ wanted: String, _ name: DomainName, _ domain: DomainName) -> Answer {
        var answer = Answer()
        guard let address = virtual.address(of: wanted) else { return answer }
        let left = name.labels.dropLast(domain.labelCount).map { $0.map(foldedOctet) }
        guard let owner = try? domain.prepending(labels: left) else { return answer }
        answer.answers = [
            ResourceRecord(name: owner, ttl: settings.nodeTTL, data: .a(address))
        ]
        return answer
    }

    private func connect(
        _ wanted: String,
        _ name: DomainName,
        _ domain: DomainName,
        _ type: RecordType
    ) -> Answer? {
        let found = services.filter { row in
            row.connectNative && row.name.lowercased() == wanted
                || row.kind == "connect-proxy"
                    && row.proxy?.destinationServiceName.lowercased() == wanted
        }
        return instances(found, ttl: ttl(wanted), name, domain, type)
    }

    func instances(
        _ rows: [ServiceRow],
        ttl: UInt32,
        _ name: DomainName,
        _ domain: DomainName,
        _ type: RecordType
    ) -> Answer? {
        records(of: rows.filter(isServed), ttl: ttl, name, domain, type)
    }

    /// 2.4: what instances that were chosen give; `nil` for none.
    func records(
        of served: [ServiceRow],
        ttl: UInt32,
        _ name: DomainName,
        _ domain: DomainName,
        _ type: RecordType
    ) -> Answer? {
        guard !served.isEmpty else { return nil }
        var answer = Answer()
        answer.isLimited = type != .srv
        var locations: Set<[String]> = []
        for row in served {
            guard let node = nodes.first(where: { $0.name == row.node }) else { continue }
            let place = Place(row, node, name, type)
            if type == .srv {
                // 3.2: one for each node, address and port.
                let identity = [node.name, place.own, "\(UInt16(truncatingIfNeeded: row.port))"]
                // Which of them depends on the shuffle.
                locations.insert(identity)
                location(row, node, place, ttl, name, domain, &answer)
            } else if let address = place.address {
                guard place.fits(type) else { continue }
                let record = ResourceRecord(name: name, ttl: ttl, data: Self.data(address))
                if !answer.answers.contains(record) { answer.answers.append(record) }
            } else if let alias = place.alias {
                answer.aliases.insert(alias)
            }
        }
        if type == .srv { answer.most = locations.count }
        if type != .srv, !answer.answers.isEmpty { answer.aliases = [] }
        return answer
    }

    /// 2.4, 2.5, 2.6: a location, its glue, the metadata of its node.
    private func location(
        _ row: ServiceRow,
        _ node: NodeRow,
        _ place: Place,
        _ ttl: UInt32,
        _ name: DomainName,
        _ domain: DomainName,
        _ answer: inout Answer
    ) {
        let nodeName = try? DomainName(text: "\(node.name).node.\(settings.datacenter).\(domain)")
        if let target = place.target(nodeName, settings.datacenter, domain) {
            let data = ServiceLocation(
                priority: 1,
                weight: UInt16(truncatingIfNeeded: weight(row)),
                port: UInt16(truncatingIfNeeded: row.port),
                target: target
            )
            answer.answers.append(ResourceRecord(name: name, ttl: ttl, data: .srv(data)))
            if let address = place.address {
                let glue = ResourceRecord(name: target, ttl: ttl, data: Self.data(address))
                answer.additionals.append(glue)
            } else {
                answer.aliases.insert(target)
            }
        }
        guard settings.additionalNodeMetaTXT, let nodeName else { return }
        answer.additionals += texts(node, nodeName, ttl)
    }
}
