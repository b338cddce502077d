// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// The grammar of names in the domain: spec/dns.md 1.4.
struct NameGrammar: Sendable {
    /// The settings with the own datacenter.
    let settings: DNSSettings

    /// The words that make a form.
    ///
    /// Scanned from right to left; the first one counts.
    private enum Keyword: String {
        case service, connect, virtual, ingress, node, query, addr
    }

    /// Whether a label makes a form.
    static func isKeyword(_ label: String) -> Bool { Keyword(rawValue: label) != nil }

    /// What a name asks for.
    func target(of name: CatalogName, type: RecordType) -> Target {
        let labels = name.labels
        if labels == ["ns"] { return .primaryServer }
        if settings.isStrict, isEmptyName(labels[...]) { return .emptyName }
        return target(of: labels, type: type)
    }

    private func target(of labels: [String], type: RecordType) -> Target {
        for index in labels.indices.reversed() {
            if let keyword = Keyword(rawValue: labels[index]) {
                return target(keyword, parts: labels[..<index], suffix: labels[(index + 1)...])
            }
            // RFC 2782 names may leave `service` out, for QTYPE SRV only.
            if type == .srv, labels[index].hasPrefix("_") {
                return target(
                    .service,
                    parts: labels[...index],
                    suffix: labels[(index + 1)...]
                )
            }
        }
        return .unrecognized
    }

    private func target(
        _ keyword: Keyword,
        parts: ArraySlice<String>,
        suffix: ArraySlice<String>
    ) -> Target {
        guard let last = parts.last else { return .unrecognized }
        switch keyword {
        // Every part and any suffix but one part is a mistake; the suffix is not looked at.
        case .addr:
            guard parts.count == 1, let octets = addressOctets(last) else {
                return .unrecognized
            }
            return .address(octets)
        case .query:
            return preparedQuery(parts, suffix)
        case .service, .connect, .virtual, .ingress, .node:
            break
        }
        guard let locality = Locality(suffix) else { return .unrecognized }
        let honoursPeers = keyword == .service || keyword == .node
        let place = locality.place(own: settings.datacenter, honoursPeers: honoursPeers)
        switch keyword {
        case .service:
            return .service(service(parts, last: last, place: place))
        case .connect:
            return .connect(ServiceTarget(name: last, tag: nil, place: place))
        case .ingress:
            return .ingress(ServiceTarget(name: last, tag: nil, place: place))
        case .node:
            return .node(name: parts.joined(separator: "."), place: place)
        case .virtual, .addr, .query:
            // A single suffix label is a peer here; a datacenter is accepted and ignored.
            return .virtual(name: last, peer: locality.peer ?? locality.either)
        }
    }

    /// Whether names of a form end in this one, which is none itself: the apex, a keyword, a
    /// datacenter, a protocol of RFC 2782.
    ///
    /// RFC 8020 §2: what has names below it exists. Consul denies them, and a resolver that
    /// minimises names (RFC 9156) then denies all below.
    private func isEmptyName(_ labels: ArraySlice<String>) -> Bool {
        var labels = labels
        // `<x>.dc`, `dc`, and the datacenter alone.
        if labels.last == "dc" {
            labels.removeLast()
            guard labels.isEmpty || labels.last == settings.datacenter else { return false }
        }
        if labels.last == settings.datacenter { labels.removeLast() }
        if let last = labels.last, Keyword(rawValue: last) != nil {
            labels.removeLast()
            return labels.isEmpty
                || last == "service" && labels.count == 1 && labels[labels.startIndex] == "_tcp"
        }
        return labels.isEmpty || labels.count == 1 && labels[labels.startIndex] == "_tcp"
    }

    /// Whether a name is a protocol of RFC 2782 above prepared queries, `_tcp.query`; whatever it
    /// is, each of them has a name below it.
    func isProtocolOfQueries(_ name: CatalogName) -> Bool {
        var labels = name.labels[...]
        if labels.count > 2, labels.last == settings.datacenter { labels.removeLast() }
        return labels.count == 2 && labels.last == Keyword.query.rawValue
            && labels.first?.hasPrefix("_") == true
    }

    private func service(_ parts: ArraySlice<String>, last: String, place: Place) -> ServiceTarget {
        // RFC 2782: `_name._proto`. `tcp` asks for no tag; any other proto, `udp` too, is one.
        // Labels between the proto and the keyword are a tag besides; Consul would read a service
        // of that name with the tag `_name._proto`.
        let labels = Array(parts)
        if labels.count >= 2, labels[0].hasPrefix("_"), labels[1].hasPrefix("_") {
            let proto = String(labels[1].dropFirst())
            let protocolTag = proto == "tcp" || proto.isEmpty ? nil : proto
            let tag = labels.count > 2 ? labels[2...].joined(separator: ".") : protocolTag
            return ServiceTarget(
                name: String(labels[0].dropFirst()),
                tag: tag,
                protocolTag: labels.count > 2 ? protocolTag : nil,
                place: place
            )
        }
        // All labels before the service are one tag, which may have dots.
        let tag = parts.dropLast().joined(separator: ".")
        return ServiceTarget(name: last, tag: tag.isEmpty ? nil : tag, place: place)
    }

    private func preparedQuery(_ parts: ArraySlice<String>, _ suffix: ArraySlice<String>) -> Target
    {
        // A datacenter label or none; `<x>.dc` is not known here.
        guard suffix.count <= 1, suffix.first ?? settings.datacenter == settings.datacenter else {
            return .unrecognized
        }
        var name = parts
        // RFC 2782: `_name._proto`, where the proto says nothing.
        if parts.count >= 2, parts.first?.hasPrefix("_") == true, parts.last?.hasPrefix("_") == true
        {
            name.removeLast()
            return .preparedQuery(name: String(name.joined(separator: ".").dropFirst()))
        }
        return .preparedQuery(name: name.joined(separator: "."))
    }

    /// The octets that a label of the addr form spells: one address, or with `dual_stack` one of
    /// each family, `<8 digits>-<32 digits>`.
    private func addressOctets(_ label: String) -> [UInt8]? {
        guard settings.isDualStack, label.contains("-") else { return Self.octets(hex: label) }
        let parts = label.split(separator: "-", omittingEmptySubsequences: false)
            .map { Self.octets(hex: String($0)) ?? [] }
        return parts.map(\.count) == [4, 16] ? parts[0] + parts[1] : nil
    }

    /// The octets of 8 or 32 hexadecimal digits; `nil` for anything else.
    static func octets(hex: String) -> [UInt8]? {
        let digits = hex.utf8.compactMap { digit -> UInt8? in
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
            default: nil
            }
        }
        guard digits.count == hex.utf8.count, digits.count == 8 || digits.count == 32 else {
            return nil
        }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
