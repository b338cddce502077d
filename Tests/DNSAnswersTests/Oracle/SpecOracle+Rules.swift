// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import Definitions
import StateStore

// The rules that several forms share, and the forms without instances.
extension SpecOracle {
    /// 3.1: left out if any check of its own or of its node is critical; with `only_passing` if
    /// any is not exactly passing.
    func isServed(_ row: ServiceRow) -> Bool {
        let states = states(row)
        return settings.onlyPassing
            ? states.allSatisfy { $0 == "passing" } : !states.contains("critical")
    }

    private func states(_ row: ServiceRow) -> [String] {
        checks(of: row).map(\.status.rawValue)
    }

    /// The checks of an instance and of its node.
    func checks(of row: ServiceRow) -> [CheckRow] {
        checks.filter { $0.node == row.node && ($0.serviceID.isEmpty || $0.serviceID == row.id) }
    }

    /// 2.5; critical is what a prepared query ignores.
    func weight(_ row: ServiceRow) -> Int {
        let states = states(row)
        if states.contains(where: { !["passing", "warning", "critical"].contains($0) }) {
            return 1
        }
        if states.contains("critical") { return 0 }
        return states.contains("warning") ? row.weights.warning : row.weights.passing
    }

    /// 2.10.
    func ttl(_ service: String) -> UInt32 {
        if let exact = settings.serviceTTLs[service] { return exact }
        let prefixes = settings.serviceTTLs.keys.filter { key in
            key.last == "*" && service.hasPrefix(key.dropLast())
        }
        let longest = prefixes.max { $0.count < $1.count }
        return longest.flatMap { settings.serviceTTLs[$0] } ?? 0
    }

    static func data(_ address: IPAddress) -> RecordData {
        switch address {
        case .v4(let address): .a(address)
        case .v6(let address): .aaaa(address)
        }
    }

    /// 2.6.
    func texts(_ node: NodeRow, _ owner: DomainName, _ ttl: UInt32) -> [ResourceRecord] {
        (node.meta ?? [:]).map { key, value in
            var text = value
            if !key.lowercased().hasPrefix("rfc1035-") {
                var name = key.replacing("`", with: "``").replacing("=", with: "`=")
                let trailing = name.reversed().prefix { $0 == " " }.count
                name = name.dropLast(trailing) + String(repeating: "` ", count: trailing)
                let leading = name.prefix { $0 == " " }.count
                name = String(repeating: "` ", count: leading) + name.dropFirst(leading)
                text = name + "=" + value.replacing("`", with: "``")
            }
            var strings: [[UInt8]] = []
            var rest = Array(text.utf8)
            repeat {
                strings.append(Array(rest.prefix(255)))
                rest = Array(rest.dropFirst(255))
            } while !rest.isEmpty
            return ResourceRecord(name: owner, ttl: ttl, data: .txt(strings))
        }
    }

    /// The node form: 1.7, 2.2.
    func node(_ wanted: String, _ name: DomainName, _ type: RecordType) -> Answer? {
        guard [.a, .aaaa, .any, .txt].contains(type) else { return Answer() }
        guard let node = nodes.first(where: { $0.name.lowercased() == wanted }) else { return nil }
        var answer = Answer()
        let text = Place.pick(node.address, node.taggedAddresses ?? [:], type)
        if type != .txt {
            if let address = IPAddress(text: text) {
                if Place.fits(address, type) {
                    let data = Self.data(address)
                    answer.answers = [
                        ResourceRecord(name: name, ttl: settings.nodeTTL, data: data)
                    ]
                }
            } else if let alias = try? DomainName(text: text), !text.isEmpty {
                answer.aliases = [alias]
            }
        }
        let texts = texts(node, name, settings.nodeTTL)
        if type == .txt || type == .any {
            answer.answers += texts
        } else if settings.additionalNodeMetaTXT {
            answer.additionals = texts
        }
        return answer
    }

    /// The addr form: 1.7, 2.2.
    func address(
        _ hex: String,
        _ name: DomainName,
        _ domain: DomainName,
        _ type: RecordType
    ) -> Answer? {
        var answer = Answer()
        answer.code = .nameError
        guard [8, 32].contains(hex.utf8.count) else { return answer }
        var octets: [UInt8] = []
        var digits = Substring(hex)
        while !digits.isEmpty {
            guard let octet = UInt8(digits.prefix(2), radix: 16), !digits.hasPrefix("+") else {
                return answer
            }
            octets.append(octet)
            digits = digits.dropFirst(2)
        }
        let data: RecordData? =
            octets.count == 4
            ? IPv4Address(octets: octets).map(RecordData.a)
            : IPv6Address(octets: octets).map(RecordData.aaaa)
        // The owner is in lower case up to the domain.
        let left = name.labels.dropLast(domain.labelCount)
            .map { String(decoding: $0, as: UTF8.self).lowercased() }
        guard let data,
            let owner = try? DomainName(text: left.joined(separator: ".") + ".\(domain)")
        else { return nil }
        answer.code = .noError
        let record = ResourceRecord(name: owner, ttl: settings.nodeTTL, data: data)
        if type == .any || type == record.type {
            answer.answers = [record]
        } else {
            answer.additionals = [record]
        }
        return answer
    }

    /// PTR: 1.2, 2.8; addresses by value (8.1).
    func reverse(_ name: DomainName, _ type: RecordType, now: UInt32) -> Answer? {
        var answer = Answer()
        guard let authority = authority(of: settings.domain, now: now) else { return nil }
        guard type != .ds || !settings.hasRecursors else {
            answer.isForwarded = true
            return answer
        }
        var labels = name.labels.map { String(decoding: $0, as: UTF8.self).lowercased() }
        labels.removeLast()
        let tree = labels.popLast()
        var address: IPAddress?
        if tree == "in-addr", labels.count == 4 {
            address = IPAddress(text: labels.reversed().joined(separator: "."))
        } else if tree == "ip6", labels.count == 32 {
            let nibbles = Array(labels.reversed())
            let groups = stride(from: 0, to: 32, by: 4).map { nibbles[$0..<($0 + 4)].joined() }
            address = IPAddress(text: groups.joined(separator: ":"))
        }
        let end = "\(settings.datacenter).\(settings.domain)"
        if let address {
            let node = nodes.filter { IPAddress(text: $0.address) == address }
                .min { $0.name.lowercased() < $1.name.lowercased() }
            let service = services.filter { IPAddress(text: $0.address) == address }
                .min { ($0.node.lowercased(), $0.id) < ($1.node.lowercased(), $1.id) }
            let text =
                node.map { "\($0.name).node.\(end)" }
                ?? service.map { "\($0.name).service.\(end)" }
            if let text, let target = try? DomainName(text: text) {
                answer.answers = [ResourceRecord(name: name, ttl: 0, data: .ptr(target))]
                if type == .soa { (answer.authorities, answer.authorityCount) = ([authority], 1) }
                return answer
            }
        }
        answer.code = .nameError
        answer.negative = type == .soa ? [authority, authority] : [authority]
        answer.isForwarded = settings.hasRecursors
        return answer
    }

    /// The SOA record: 2.7.
    func authority(of domain: DomainName, now: UInt32) -> ResourceRecord? {
        guard let primary = try? domain.prepending(label: Array("ns".utf8)),
            let mailbox = try? domain.prepending(label: Array("hostmaster".utf8))
        else { return nil }
        let data = StartOfAuthority(
            primary: primary,
            mailbox: mailbox,
            serial: now,
            refresh: 3600,
            retry: 600,
            expire: 86400,
            minimum: settings.soaMinimumTTL
        )
        return ResourceRecord(name: domain, ttl: settings.soaMinimumTTL, data: .soa(data))
    }

    /// NS: 2.7.
    func nameServers(_ domain: DomainName) -> Answer {
        var answer = Answer()
        answer.most = 3
        for row in services where row.name.lowercased() == "consul" && isServed(row) {
            guard let node = nodes.first(where: { $0.name == row.node }),
                node.name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }),
                let target = try? DomainName(
                    text: "\(node.name.lowercased()).node.\(settings.datacenter)."
                        + "\(domain)".lowercased()
                )
            else { continue }
            answer.answers.append(
                ResourceRecord(name: domain, ttl: settings.nodeTTL, data: .ns(target))
            )
            let text = Place.pick(node.address, node.taggedAddresses ?? [:], .any)
            if let address = IPAddress(text: text) {
                let data = Self.data(address)
                answer.additionals.append(
                    ResourceRecord(name: target, ttl: settings.nodeTTL, data: data)
                )
            } else if let alias = try? DomainName(text: text) {
                answer.aliases.insert(alias)
            }
        }
        return answer
    }

    /// Where an instance is: 2.3 and 2.4.
    struct Place {
        /// The instance's own address text.
        var own: String
        var address: IPAddress?
        var alias: DomainName?
        private var isNode = false

        init(_ row: ServiceRow, _ node: NodeRow, _ name: DomainName, _ type: RecordType) {
            own = Self.pick(row.address, row.taggedAddresses.mapValues(\.address), type)
            let text = Self.pick(node.address, node.taggedAddresses ?? [:], type)
            let nodeAddress = IPAddress(text: text)
            let isSelf = (try? DomainName(text: own))?.folded == name.folded
            if own.isEmpty || IPAddress(text: own) == nil && isSelf && nodeAddress != nil {
                address = nodeAddress
                isNode = !own.isEmpty || text == node.address
                if address == nil, !text.isEmpty { alias = try? DomainName(text: text) }
            } else {
                address = IPAddress(text: own)
                if address == nil { alias = try? DomainName(text: own) }
            }
        }

        /// 2.3, without WAN: the only datacenter is the own one.
        static func pick(
            _ plain: String,
            _ tagged: [String: String],
            _ type: RecordType
        ) -> String {
            if type != .a, let v6 = tagged["lan_ipv6"], !v6.isEmpty { return v6 }
            if type != .aaaa, let v4 = tagged["lan_ipv4"], !v4.isEmpty { return v4 }
            return plain
        }

        static func fits(_ address: IPAddress, _ type: RecordType) -> Bool {
            switch address {
            case .v4: [.a, .any, .txt, .srv].contains(type)
            case .v6: [.aaaa, .any, .txt, .srv].contains(type)
            }
        }

        func fits(_ type: RecordType) -> Bool { address.map { Self.fits($0, type) } ?? false }

        func target(
            _ nodeName: DomainName?,
            _ datacenter: String,
            _ domain: DomainName
        ) -> DomainName? {
            guard let address else { return alias }
            if isNode { return nodeName }
            let hex = address.octets.map { String(Int($0) + 256, radix: 16).dropFirst() }.joined()
            return try? DomainName(text: "\(hex).addr.\(datacenter).\(domain)")
        }
    }
}
