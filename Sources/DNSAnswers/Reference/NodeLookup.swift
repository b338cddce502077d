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
        // DNS-067.
        guard [.a, .aaaa, .any, .txt].contains(context.type) else { return .empty }
        guard place == .here, let node = Self.node(name, in: context.snapshot.store) else {
            return .noSuchName
        }
        let settings = context.settings
        var sections = Sections()
        if context.type != .txt {
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
        // Consul: the alias is the plain address, even where a tagged host name was picked;
        // pinned by DNS-316.
        guard !node.address.isEmpty, let alias = try? DomainName(text: node.address) else {
            return []
        }
        let more = context.chain(of: alias)
        return [LookupContext.record(owner, ttl: ttl, .cname(alias))] + more
    }
}
