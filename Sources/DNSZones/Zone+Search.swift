// SPDX-License-Identifier: Apache-2.0

public import DNSWire
internal import HashTreeCollections

extension Zone {
    /// How many aliases one search follows.
    ///
    /// Chains of real zones have one or two; RFC 1034 §3.6.2 asks servers to follow them, and
    /// resolvers give up between 8 and 17.
    static let maximumAliases = 16

    /// Answers a question about a name, by RFC 1034 §4.3.2 with the wildcards of RFC 4592.
    ///
    /// Owners in the answer are spelled as asked. A name outside the zone gives no records and
    /// itself as continuation.
    public func search(_ name: DomainName, _ type: RecordType) -> ZoneAnswer {
        var answer = ZoneAnswer(.records)
        var visited: [CanonicalName] = []
        var current = name
        while true {
            let folded = current.folded
            visited.append(folded)
            let node: ZoneNode
            switch locate(folded) {
            case .outside:
                answer.continuation = current
                return answer
            case .missing:
                return negative(.nameError, at: current, after: answer)
            case .delegation(let cut, let owned):
                // RFC 4035 §3.1.4.1: the DS records of a cut belong to the parent.
                guard cut == folded, type == .ds else {
                    return referral(to: cut, owned, at: current, after: answer)
                }
                node = owned
            case .existing(let found):
                node = found
            case .wildcard(let found, let source):
                node = found
                answer.wildcard = source
            }
            if let next = answer.take(type, from: node, at: current) {
                guard answer.answers.count < Self.maximumAliases,
                    !visited.contains(next.folded)
                else { return answer }
                answer.wildcard = nil
                current = next
                continue
            }
            guard answer.outcome == .records else {
                return negative(.noData, at: current, after: answer)
            }
            addAddresses(to: &answer)
            return answer
        }
    }

    /// Where a name leads to.
    enum Location {
        /// The name is in the zone, perhaps as an empty non-terminal.
        case existing(ZoneNode)
        /// The name is not, but this wildcard covers it (RFC 4592 §3.3.1).
        case wildcard(ZoneNode, source: DomainName)
        /// The name is at or below a zone cut.
        case delegation(cut: CanonicalName, ZoneNode)
        /// The name does not exist.
        case missing
        /// The name is not in the zone.
        case outside
    }

    /// Finds the name, or its closest encloser and what covers it.
    func locate(_ name: CanonicalName) -> Location {
        guard name.isSubdomain(of: canonicalApex) else { return .outside }
        var closest = name
        var found = nodes[closest]
        while found == nil, let parent = closest.parent {
            closest = parent
            found = nodes[closest]
        }
        guard let found else { return .outside }
        if found.role == .cut { return .delegation(cut: closest, found) }
        if closest == name { return .existing(found) }
        // RFC 4592 §3.3.1: the source of synthesis is the child "*" of the closest encloser and
        // of no other name; an empty non-terminal is a closest encloser too.
        guard let source = try? closest.name.prepending(label: [UInt8(ascii: "*")]),  // none fits
            let node = nodes[source.folded], node.role == .authoritative
        else { return .missing }
        return .wildcard(node, source: source)
    }

    /// The addresses of a host, its owner spelled as the record that names it does.
    func addresses(of host: DomainName, withGlue: Bool) -> [ResourceRecord] {
        let node: ZoneNode? =
            switch locate(host.folded) {
            case .existing(let node), .wildcard(let node, _): node
            case .delegation: withGlue ? glue[host.folded] ?? nodes[host.folded] : nil
            case .missing, .outside: nil
            }
        guard let node else { return [] }
        return [RecordType.a, .aaaa].flatMap { node[$0]?.records(owner: host) ?? [] }
    }

    /// A negative answer with the SOA in the authority section (RFC 2308 §2).
    private func negative(
        _ outcome: ZoneAnswer.Outcome,
        at name: DomainName,
        after answer: ZoneAnswer
    ) -> ZoneAnswer {
        var answer = answer
        answer.outcome = outcome
        answer.authorities = [negativeSOA(owner: name.ancestor(as: canonicalApex))]
        return answer
    }

    /// A referral: the NS records of the cut, with glue (RFC 1034 §4.3.2 step 3b).
    private func referral(
        to cut: CanonicalName,
        _ node: ZoneNode,
        at name: DomainName,
        after answer: ZoneAnswer
    ) -> ZoneAnswer {
        var answer = answer
        answer.outcome = .delegation
        answer.isAuthoritative = !answer.answers.isEmpty
        answer.authorities = node[.ns]?.records(owner: name.ancestor(as: cut)) ?? []
        for case .ns(let server) in answer.authorities.map(\.data) {
            answer.additionals += addresses(of: server, withGlue: true)
        }
        return answer
    }

    /// RFC 1035 §3.3.9, §3.3.11, RFC 2782: the addresses of named hosts go along.
    private func addAddresses(to answer: inout ZoneAnswer) {
        var named: Set<CanonicalName> = []
        for record in answer.answers {
            let host: DomainName
            switch record.data {
            case .ns(let server): host = server
            case .mx(_, let exchange): host = exchange
            case .srv(let location): host = location.target
            default: continue
            }
            guard named.insert(host.folded).inserted else { continue }
            answer.additionals += addresses(of: host, withGlue: false)
        }
        // RFC 2181 §5: what the answer holds need not come again.
        answer.additionals.removeAll { answer.answers.contains($0) }
    }
}

extension ZoneAnswer {
    /// Takes over what a node has for the question; gives the target if it is an alias.
    ///
    /// Nothing to take is marked by the outcome `noData`.
    fileprivate mutating func take(
        _ type: RecordType,
        from node: ZoneNode,
        at name: DomainName
    ) -> DomainName? {
        if type == .any, !node.sets.isEmpty {
            // RFC 1035 §3.2.3: all records of the name; an alias is not followed.
            for set in node.sets { answers += set.records(owner: name) }
        } else if let set = node[type] {
            answers += set.records(owner: name)
        } else if let alias = node[.cname] {
            // RFC 1034 §4.3.2 step 3a: the alias is an answer, and the search goes on.
            answers += alias.records(owner: name)
            if case .cname(let target)? = alias.data.first { return target }
        } else {
            outcome = .noData
        }
        return nil
    }
}

extension DomainName {
    /// The ancestor that is `name`, spelled as here.
    fileprivate func ancestor(as name: CanonicalName) -> DomainName {
        var ancestor = self
        for _ in 0..<max(0, labelCount - name.name.labelCount) {
            ancestor = ancestor.parent ?? ancestor
        }
        return ancestor
    }
}
