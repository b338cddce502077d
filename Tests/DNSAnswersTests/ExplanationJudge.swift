// SPDX-License-Identifier: Apache-2.0
import DNSWire
import StateStore

@testable import DNSAnswers

/// Compares an explanation with the replies to its question.
struct ExplanationJudge {
    let explanation: Explanation
    private let snapshot: DNSSnapshot
    private let seed: UInt64
    private var settings: DNSSettings { snapshot.settings }

    /// How many generator states are tried until everybody was seen who is said to be answered.
    private static let states: UInt64 = 2_000
    private static let fewStates: UInt64 = 6

    init(_ explanation: Explanation, _ snapshot: DNSSnapshot, seed: UInt64) {
        self.explanation = explanation
        self.snapshot = snapshot
        self.seed = seed
    }

    /// What is wrong; empty when nothing is.
    func faults(counting tally: inout ExplanationPropertyTests.Tally) -> [String] {
        tally.questions += 1
        guard let first = message(.tcp, nil, 0) else {
            // The forwarder refuses transfers, and names that no rule forwards, which the
            // reference line does not know.
            let isTransfer = explanation.type == .axfr || explanation.type == .ixfr
            let isRefused = isTransfer || !settings.forwards(explanation.name)
            return explanation.isForwarded || isRefused && explanation.code == .refused
                ? [] : ["it is forwarded"]
        }
        if explanation.zone != nil { tally.zones += 1 }
        guard !explanation.isForwarded else { return ["it is not forwarded"] }
        guard explanation.code == first.header.responseCode else {
            return ["the code is \(first.header.responseCode)"]
        }
        guard explanation.replies.count == 3 else { return ["no replies"] }
        if explanation.isCut { tally.cut += 1 }
        return explanation.replies.flatMap(countFaults) + instanceFaults(&tally)
    }

    private func countFaults(_ reply: Explanation.Reply) -> [String] {
        let size = reply.offeredSize
        let candidates = explanation.candidates
        // The chains of host names are of different lengths.
        let isAliased = explanation.answers.contains { $0.type == .cname }
        // Of `ns.<domain>` the count varies with who is drawn.
        let isVarying = isAliased || explanation.route == Self.servers
        for state in 0..<Self.fewStates {
            guard let message = message(reply.transport, size, state) else { return ["no reply"] }
            let count = message.answers.count
            let place = "\(reply.transport) \(size ?? 0): \(count) of \(candidates)"
            if message.header.isTruncated, reply.limit.isEmpty { return ["TC, \(place)"] }
            if isVarying { continue }
            if count > candidates { return [place] }
            if count < candidates, reply.limit.isEmpty { return ["no limit, \(place)"] }
            // Few locations may be too large for a datagram, as it happens.
            let isSized =
                reply.limit.hasSuffix("octets")
                || reply.transport == .udp && explanation.type == .srv
            let isPlain = reply.transport == .udp && size == nil && explanation.zone == nil
            let limit = isPlain ? settings.plainAnswerLimit : .max
            let whole = min(explanation.answers.count, limit)
            if isSized ? count > whole : count != whole {
                return ["not \(whole), \(place)"]
            }
        }
        return []
    }

    private static let servers = "catalog: primary server"

    private static let forms = [
        "catalog: service", "catalog: connect", "catalog: ingress", "catalog: prepared query",
        "catalog: name servers", servers, "catalog: node",
    ]

    private func instanceFaults(_ tally: inout ExplanationPropertyTests.Tally) -> [String] {
        let isOfForm = Self.forms.contains(explanation.route) && explanation.zone == nil
        guard isOfForm, !explanation.instances.isEmpty else { return [] }
        let plain = explanation.replies[0]
        // The nearest come first, in a plain reply the farthest may never come.
        let isNear = explanation.route == "catalog: prepared query"
        let isSkewed =
            settings.weightsAddresses || isNear || plain.limit.hasSuffix("octets")
            || plain.limit.hasSuffix("in 512 octets")
        var faults = explanation.instances.filter(\.reason.isEmpty).map { "no reason for \($0)" }
        if faults.isEmpty {
            faults = instanceFaults(over: .tcp, everybody: !isNear || settings.aRecordLimit == 0)
        }
        if faults.isEmpty { faults = instanceFaults(over: .udp, everybody: !isSkewed) }
        for instance in explanation.instances {
            if instance.isAnswered { tally.answered += 1 } else { tally.hidden += 1 }
        }
        return faults
    }

    private func instanceFaults(
        over transport: ClientContext.Transport,
        everybody: Bool
    ) -> [String] {
        let wanted = explanation.instances.map { ($0, evidence(of: $0)) }
        let allowed = wanted.filter(\.0.isAnswered).reduce(into: Set<String>()) {
            $0.formUnion($1.1)
        }
        let forbidden = wanted.filter { !$0.0.isAnswered }
            .reduce(into: Set<String>()) { $0.formUnion($1.1) }.subtracting(allowed)
        var left = wanted.filter { $0.0.isAnswered && everybody }.map(\.1)
        let asked = explanation.name.folded
        for state in 0..<Self.states {
            guard let message = message(transport, nil, state) else { return ["no reply"] }
            // What a host name leads to is no instance's.
            let own = message.answers.filter { $0.name.folded == asked || $0.type == .ns }
            let seen = Set(own.map(Self.text))
            if let found = seen.intersection(forbidden).first {
                return ["\(found) is answered over \(transport)"]
            }
            left.removeAll { !$0.isDisjoint(with: seen) }
            if left.isEmpty, state >= Self.fewStates { break }
        }
        return left.isEmpty ? [] : ["\(left) is never answered over \(transport)"]
    }

    /// What shows that an instance is answered: records of which one has to be there.
    private func evidence(of instance: Explanation.Instance) -> Set<String> {
        let addresses = instance.address.split(separator: ",")
            .map { $0.drop { $0 == " " } }.map(String.init)
        if explanation.route == "catalog: name servers" {
            let name = GeneratedNames.node(
                instance.node,
                datacenter: settings.datacenter,
                domain: settings.domain
            )
            return name.map { ["ns \(Self.firstLabel($0.description))"] } ?? []
        }
        guard explanation.type == .srv, explanation.route != "catalog: node" else {
            var texts = Set(addresses.map { IPAddress(text: $0)?.description ?? Self.host($0) })
            if explanation.route == "catalog: node" { texts.insert("TXT") }
            if explanation.route == Self.servers {
                texts.formUnion(serverAddresses(of: instance.node))
            }
            return texts
        }
        let port = UInt16(truncatingIfNeeded: instance.port)
        let hexadecimal = addresses.compactMap { IPAddress(text: $0) }.map { address in
            address.octets.map { String(UInt16($0) + 256, radix: 16).dropFirst() }.joined()
        }
        let node = instance.node.lowercased().split(separator: ".").first ?? ""
        var targets = hexadecimal + [String(node)] + addresses.map(Self.host)
        if hexadecimal.count == 2 { targets.append("\(hexadecimal[1])-\(hexadecimal[0])") }
        return Set(targets.map { "SRV \(port) \(Self.firstLabel($0))" })
    }

    private func serverAddresses(of node: String) -> [String] {
        guard let row = snapshot.store.node(named: node) else { return [] }
        let tagged = ["lan_ipv4", "lan_ipv6"].compactMap { row.taggedAddresses?[$0] }
        return ([row.address] + tagged).compactMap { IPAddress(text: $0)?.description }
    }

    private static func host(_ text: String) -> String {
        (try? DomainName(text: text))?.description.lowercased() ?? text
    }

    private static func firstLabel(_ text: String) -> String {
        String(text.split(separator: ".").first ?? "").lowercased()
    }

    /// A record as evidence has it.
    private static func text(of record: ResourceRecord) -> String {
        switch record.data {
        case .a(let address): address.description
        case .aaaa(let address): address.description
        case .cname(let name): name.description.lowercased()
        case .srv(let location):
            "SRV \(location.port) \(firstLabel(location.target.description))"
        case .ns(let name): "ns \(firstLabel(name.description))"
        case .txt: "TXT"
        default: "other"
        }
    }

    /// A reply; `nil` where the forwarder has the question.
    private func message(
        _ transport: ClientContext.Transport,
        _ size: UInt16?,
        _ state: UInt64
    ) -> Message? {
        let query = QueryOctets.make(
            explanation.name.labels.map(Array.init),
            type: explanation.type.rawValue,
            edns: size
        )
        var chased: [ChaseQuestion: Resolution] = [:]
        for _ in 0..<64 {
            var generator = Generator(seed: seed &+ state &* 0x9e37_79b9_7f4a_7c15)
            let reply = ReferenceResponder().respond(
                to: query,
                from: ClientContext(transport: transport, address: [127, 0, 0, 1]),
                snapshot: snapshot,
                chased: chased,
                now: 9,
                generator: &generator
            )
            switch reply {
            case .reply(let octets): return try? Message(decoding: octets)
            case .chase(let questions):
                for question in questions { chased[question] = Resolution(records: []) }
            case .forward, .silence: return nil
            }
        }
        return nil
    }
}
