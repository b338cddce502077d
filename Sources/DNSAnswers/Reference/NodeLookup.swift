// SPDX-License-Identifier: Apache-2.0
import DNSWire
import StateStore

/// The node form: spec/dns.md 1.7 and 2.2.
///
/// Health does not matter (pinned by DNS-141).
struct NodeLookup: Sendable {
    /// The shortest text that may be the beginning of a node ID (spec/dns.md 1.6).
    static let minimumIDLength = 2

    /// The name or the ID of the node, in lower case.
    let name: String
    /// Where to look.
    let place: Place

    /// What the form answers.
    func outcome(in context: inout LookupContext) -> Outcome {
        // Consul: for every other type not even the existence of the node is looked at; pinned by
        // DNS-067. Strictly: RFC 8020 §2.
        let isAnswered = [.a, .aaaa, .any, .txt].contains(context.type)
        guard isAnswered || context.settings.isStrict else { return .noData }
        guard place == .here, let node = Self.node(name, in: context.snapshot.store) else {
            return .noSuchName
        }
        guard isAnswered else { return .noData }
        let settings = context.settings
        var sections = Sections()
        if context.type == .any, settings.isDualStack {
            sections.answers = Self.bothRecords(of: node, owner: context.name, in: &context)
        } else if context.type != .txt {
            sections.answers = Self.records(of: node, owner: context.name, in: &context)
        }
        let isAsked = context.type == .txt || context.type == .any
        let texts = MetadataText.records(of: node, owner: context.name, ttl: settings.nodeTTL)
        if isAsked {
            sections.answers += texts
        } else if settings.additionalNodeMetaTXT {
            sections.additionals = texts
        }
        return .records(sections)
    }

    /// The node of a name, else the only one whose ID begins so.
    static func node(_ text: String, in store: StateStore) -> NodeRow? {
        if let node = store.node(named: text) { return node }
        guard text.utf8.count >= minimumIDLength else { return nil }
        let matching = store.nodes(withIDPrefix: text)
        return matching.count == 1 ? matching.first : nil
    }

    /// The records for A and for AAAA; those of a host name once.
    static func bothRecords(
        of node: NodeRow,
        owner: DomainName,
        in context: inout LookupContext
    ) -> [ResourceRecord] {
        defer { context.type = .any }
        var found: [ResourceRecord] = []
        for type in [RecordType.a, .aaaa] {
            context.type = type
            for record in records(of: node, owner: owner, in: &context)
            where !found.contains(record) {
                found.append(record)
            }
        }
        return found
    }

    /// The address of a node as the type of the context wants it, or the alias and its chain.
    static func records(
        of node: NodeRow,
        owner: DomainName,
        in context: inout LookupContext
    ) -> [ResourceRecord] {
        let ttl = context.settings.nodeTTL
        let text = AddressChoice(type: context.type, wan: false).address(of: node)
        if let address = IPAddress(text: text) {
            guard LookupContext.fits(address, context.type) else { return [] }
            return [LookupContext.record(owner, ttl: ttl, address.recordData)]
        }
        // Consul: the plain address even where a tagged host name was picked, which can give the
        // alias `10.0.0.4.`.
        guard !text.isEmpty, let alias = try? DomainName(text: text) else { return [] }
        let more = context.chain(of: alias)
        return [LookupContext.record(owner, ttl: ttl, .cname(alias))] + more
    }
}
