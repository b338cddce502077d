// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import Definitions
import StateStore
import Testing

@testable import DNSAnswers

/// Explanations of random names in random catalogs, beside what the reference line replies.
@Suite("Explanations say what is answered")
struct ExplanationPropertyTests {
    /// What was seen, so that no part of the property is empty.
    struct Tally {
        var questions = 0
        var answered = 0
        var hidden = 0
        var cut = 0
        var zones = 0
    }

    private static let catalogs: UInt64 = 120
    private static let questions = 60

    @Test("code, counts, who is answered and who is not")
    func agrees() async throws {
        var tally = Tally()
        for seed in 0..<Self.catalogs {
            // Others wait for this thread, some with a timeout.
            await Task.yield()
            var random = RandomCatalog(seed: 31_000 + seed, hasOddities: seed % 3 == 2)
            random.isWide = seed % 5 == 4
            let snapshot = try Self.snapshot(&random)
            for number in 0..<Self.questions {
                let (name, type) = try Self.question(&random, snapshot)
                let judge = ExplanationJudge(
                    Explanation(name, type, in: snapshot, now: 9),
                    snapshot,
                    seed: random.generator.next()
                )
                let faults = judge.faults(counting: &tally)
                guard faults.isEmpty else {
                    Issue.record(
                        """
                        seed \(seed), question \(number), \(name) \(type): \(faults)
                        \(judge.explanation)
                        \(snapshot.settings)
                        """
                    )
                    return
                }
            }
        }
        #expect(tally.questions > 3_000, "\(tally)")
        #expect(tally.answered > 3_000, "\(tally)")
        #expect(tally.hidden > 2_000, "\(tally)")
        #expect(tally.cut > 500, "\(tally)")
        #expect(tally.zones > 100, "\(tally)")
    }

    // MARK: catalogs

    private static func snapshot(_ random: inout RandomCatalog) throws -> DNSSnapshot {
        var settings = try random.settings()
        settings.isStrict = random.chance(30)
        settings.weightsAddresses = random.chance(30)
        settings.isDualStack = random.chance(25)
        settings.aRecordLimit = random.pick([0, 0, 1, 2, 3])
        if random.chance(25) { settings.protectThresholds = ["*": 0.5] }
        if random.chance(20), let zone = DNSSettings.reverseZone(ofPrefix: "10.0.0.0/8") {
            settings.reverseZones = [zone]
        }
        var zones: [Zone] = []
        if random.chance(40) {
            let address = RecordData.a(IPv4Address(192, 0, 2, 7))
            let target = try DomainName(text: "web.service.\(settings.domain)")
            for apex in ["\(settings.domain)", "corp."] {
                zones.append(
                    try TestServer.zone(
                        apex,
                        [("www.\(apex)", address), ("to.\(apex)", .cname(target))]
                    )
                )
            }
        }
        return DNSSnapshot(
            store: store(&random),
            zones: ZoneSet(zones: zones),
            settings: settings
        )
    }

    private static func store(_ random: inout RandomCatalog) -> StateStore {
        var store = StateStore()
        func apply(_ command: Command) {
            let index = RaftIndex(rawValue: store.lastIndex.rawValue + 1)
            _ = try? store.apply(command, at: index)
        }
        for number in 0..<random.generator.below(6) {
            let node = random.chance(80) ? "srv\(number)" : "s_\(number)"
            let row = NodeRow(name: node, address: random.address(mayBeEmpty: false))
            let server = ServiceRow(node: node, id: "consul", name: "consul", port: 8300)
            apply(.register(Registration(node: row, service: server)))
        }
        for _ in 0..<(20 + random.generator.below(40)) {
            var command = random.command()
            if case .register(var registration) = command, random.chance(20) {
                registration.service?.connectNative = true
                command = .register(registration)
            }
            apply(command)
        }
        for (number, service) in RandomCatalog.services.prefix(4).enumerated() {
            var query = ServiceQuery(service: service)
            if random.chance(40) { query.tags = [random.pick(["v1", "!v2", "Primary"])] }
            query.onlyPassing = random.chance(30)
            let row = PreparedQueryRow(
                id: "0a1b2c3d-0000-4000-8000-0000000000f\(number)",
                name: "q\(number)",
                service: query,
                dnsTTL: random.chance(30) ? "9s" : ""
            )
            apply(.preparedQuery(PreparedQueryChange(.create, row)))
        }
        return store
    }

    // MARK: questions

    private static func question(
        _ random: inout RandomCatalog,
        _ snapshot: DNSSnapshot
    ) throws -> (DomainName, RecordType) {
        let settings = snapshot.settings
        let types: [RecordType] = [
            .a, .a, .a, .aaaa, .srv, .srv, .any, .txt, .mx, .ns, .soa, .ptr, .axfr, .ixfr, .ds,
            RecordType(rawValue: 65),
        ]
        let type = random.pick(types)
        if random.chance(65) {
            let octets = RandomQuestion(&random, settings: settings).octets
            return (try Message(decoding: octets).questions[0].name, type)
        }
        let service = random.serviceName().lowercased()
        let text: String =
            switch random.generator.below(10) {
            case 0: "\(settings.domain)"
            case 1: "ns.\(settings.domain)"
            case 2, 3: "q\(random.generator.below(5)).query.\(settings.domain)"
            case 4: "\(service).connect.\(settings.domain)"
            case 5:
                "\(random.pick(["0a000001", String(repeating: "ab", count: 16), "xyz"]))"
                    + ".addr.\(settings.domain)"
            case 6: random.pick(["www", "to", "no"]) + ".\(settings.domain)"
            case 7: random.pick(["www.corp.", "to.corp.", "no.corp.", "corp.", "www.example.net."])
            case 8:
                random.pick([
                    "1.0.0.10.in-addr.arpa.", "3.1.0.10.in-addr.arpa.", "9.9.9.9.in-addr.arpa.",
                    "10.in-addr.arpa.", "2.0.10.in-addr.arpa.",
                ])
            default: "\(service).virtual.\(settings.domain)"
            }
        return (try DomainName(text: text), type)
    }
}

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
            // The forwarder refuses transfers, which the reference line does not know.
            let isTransfer = explanation.type == .axfr || explanation.type == .ixfr
            return explanation.isForwarded || isTransfer && explanation.code == .notImplemented
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
        let isSkewed =
            settings.weightsAddresses || plain.limit.hasSuffix("octets")
            || plain.limit.hasSuffix("in 512 octets")
        var faults = explanation.instances.filter(\.reason.isEmpty).map { "no reason for \($0)" }
        if faults.isEmpty { faults = instanceFaults(over: .tcp, everybody: true) }
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
            return Set([name.map { "NS \($0.labels.first.map { String(decoding: $0, as: UTF8.self) } ?? "")".lowercased() } ?? ""])
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
        var chased: [ChaseQuestion: [ResourceRecord]] = [:]
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
            case .chase(let questions): for question in questions { chased[question] = [] }
            case .forward, .silence: return nil
            }
        }
        return nil
    }
}
