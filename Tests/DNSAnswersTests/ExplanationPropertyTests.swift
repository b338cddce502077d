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
            if random.chance(30) { query.near = random.pick(["_agent", "_ip", "n1", "Node-2"]) }
            let row = PreparedQueryRow(
                id: "0a1b2c3d-0000-4000-8000-0000000000f\(number)",
                name: "q\(number)",
                service: query,
                dnsTTL: random.chance(30) ? "9s" : ""
            )
            apply(.preparedQuery(PreparedQueryChange(.create, row)))
        }
        for node in RandomCatalog.nodes + RandomCatalog.oddNodes where random.chance(60) {
            // Some are as far as others.
            let place = [Double(random.generator.below(3)) / 10] + [Double](repeating: 0, count: 7)
            let coordinate = NetworkCoordinate(
                vector: place,
                error: 0.5,
                adjustment: 0,
                height: 0.001
            )
            apply(.coordinates([CoordinateRow(node: node, coordinate: coordinate)]))
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
