// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Definitions
import Publication
import StateStore
import Testing

@testable import DNSAnswers

@Suite("Wide services change block by block")
struct WideServiceTests {
    private static func expectSame(_ catalog: ChangingCatalog, _ place: String) throws {
        let fault = catalog.fault()
        try #require(fault == nil, "\(place): \(fault ?? "")")
    }

    @Test("view and state agree after every command, around the bounds", arguments: 1...4)
    func aroundOneBlock(seed: Int) throws {
        var catalog = try ChangingCatalog(
            seed: UInt64(seed),
            hasOddities: seed % 4 == 0,
            nodes: 60
        )
        var fast = 0
        for width in [30, 34, 31, 38, 22, 62, 66, 63, 130, 126, 132, 60, 18] {
            for number in 0..<(abs(catalog.count() - width) + 10) {
                catalog.step(towards: width)
                // Every command counts where blocks come and go.
                let isNear = [WideService.narrowAgain, WideService.threshold, 64, 128].contains {
                    abs(catalog.count() - $0) < 3
                }
                guard isNear || number % 8 == 0 else { continue }
                try Self.expectSame(catalog, "seed \(seed), towards \(width), \(number)")
                if number % 2 == 0 { fast += catalog.compare(questions: 3) }
            }
        }
        // Host names and odd names give much to the reference line.
        #expect(fast > (seed % 4 == 0 ? 40 : 100))
    }

    @Test("so they do with 1,000 instances", arguments: [11])
    func thousand(seed: Int) throws {
        var catalog = try ChangingCatalog(seed: UInt64(seed), nodes: 700)
        for _ in 0..<1500 { catalog.step(towards: 1000) }
        for round in 0..<10 {
            for _ in 0..<20 { catalog.step(towards: round < 6 ? 1000 : 900) }
            try Self.expectSame(catalog, "seed \(seed), round \(round)")
            #expect(catalog.compare(questions: 20) > 0)
        }
        #expect(catalog.count() > 850)
    }

    @Test("a group of commands is followed at once", arguments: [21, 24])
    func groups(seed: Int) throws {
        var catalog = try ChangingCatalog(
            seed: UInt64(seed),
            hasOddities: seed % 4 == 0,
            nodes: 50
        )
        for _ in 0..<250 { catalog.step(towards: 110) }
        for round in 0..<30 {
            var changes = Changes()
            for _ in 0..<(1 + catalog.random.generator.below(40)) {
                catalog.random.isWide = true
                let index = RaftIndex(rawValue: catalog.store.lastIndex.rawValue + 1)
                let command = catalog.random.command()
                if let more = try? catalog.store.apply(command, at: index) {
                    changes.formUnion(more)
                }
            }
            catalog.writer.follow(changes, in: catalog.store)
            catalog.writer.publish()
            try Self.expectSame(catalog, "seed \(seed), round \(round)")
        }
    }

    @Test("all become critical and recover one by one")
    func outage() throws {
        var catalog = try ChangingCatalog(seed: 5, nodes: 90)
        for _ in 0..<250 { catalog.step(towards: 150) }
        for status in [CheckStatus.critical, .passing] {
            for (number, instance) in catalog.store.instances(ofService: "web").value.enumerated() {
                let check = CheckRow(
                    node: instance.node.name,
                    id: "c0",
                    name: "c",
                    status: status,
                    serviceID: instance.service.id
                )
                catalog.apply(
                    .register(
                        Registration(node: instance.node, skipNodeUpdate: true, checks: [check])
                    )
                )
                if number % 16 == 0 || number < 4 {
                    try Self.expectSame(catalog, "\(status) \(number)")
                }
            }
            try Self.expectSame(catalog, "\(status)")
        }
    }

    @Test("what a reader holds stays, blocks and all, until it leaves")
    func keeps() throws {
        var catalog = try ChangingCatalog(seed: 9, nodes: 90)
        for _ in 0..<300 { catalog.step(towards: 140) }
        let reader = catalog.writer.makeReader()
        let label = PlainName.label(of: "web") ?? []
        reader.enter()
        let entry = try #require(
            OwnedKey(label).withKey { catalog.writer.table.find(kind: ServiceEntry.kind, key: $0) }
        )
        let held = ServiceEntry(entry)
        func records() -> [UInt64] {
            (0..<held.count).flatMap { place in
                let record = held.blocks.record(place)
                return [record.first, record.second]
            }
        }
        let before = records()
        for _ in 0..<200 { catalog.step(towards: 120) }
        #expect(records() == before)
        #expect(catalog.writer.retiredOctets > 0)
        reader.leave()
        catalog.writer.publish()
        #expect(catalog.writer.retiredOctets == 0)
        // Poisoned and freed: nobody may look any more.
        #expect(catalog.fault() == nil)
    }

    @Test("a change costs blocks, not the service")
    func costs() throws {
        var catalog = try ChangingCatalog(seed: 3, nodes: 400)
        for _ in 0..<900 { catalog.step(towards: 640) }
        catalog.line.follow(catalog.store)
        let reader = catalog.writer.makeReader()
        reader.enter()
        for _ in 0..<20 {
            let before = catalog.writer.retiredOctets
            let some = catalog.some("web")
            let instance = try #require(some)
            var row = instance.service
            row.port = 1000 + row.port % 1000 + 1
            catalog.apply(
                .register(
                    Registration(node: instance.node, skipNodeUpdate: true, service: row)
                )
            )
            // A head with its list of eleven blocks, and a block of 64 with its tags.
            #expect(catalog.writer.retiredOctets - before < 4096)
        }
        reader.leave()
    }

    @Test("nothing is left when all have gone")
    func empties() throws {
        var catalog = try ChangingCatalog(seed: 4, nodes: 80)
        for _ in 0..<300 { catalog.step(towards: 130) }
        #expect(catalog.writer.wideServices["web"] != nil)
        for node in catalog.store.nodes().value {
            catalog.apply(.deregister(Deregistration(node: node.name)))
        }
        #expect(catalog.writer.wideServices.isEmpty)
        #expect(catalog.writer.liveOctets == 0)
        #expect(catalog.writer.nameCount == 0)
    }

    @Test("choice stays uniform after instances came and went")
    func uniform() throws {
        var catalog = try ChangingCatalog(seed: 2, nodes: 1)
        func register(_ number: Int) {
            var row = ServiceRow(node: "m0", id: "i\(number)", name: "web")
            row.address = "10.9.\(number / 200).\(number % 200 + 1)"
            let node = NodeRow(name: "m0", address: "10.0.0.1")
            catalog.apply(.register(Registration(node: node, skipNodeUpdate: true, service: row)))
        }
        for number in 0..<150 { register(number) }
        for number in stride(from: 0, to: 150, by: 3) {
            catalog.apply(.deregister(Deregistration(node: "m0", serviceID: "i\(number)")))
        }
        var counts: [[UInt8]: Int] = [:]
        let domain = catalog.settings.domain.labels.map(Array.init)
        let query = QueryOctets.make(
            [Array("web".utf8), Array("service".utf8)] + domain,
            type: RecordType.a.rawValue
        )
        let asks = 20_000
        for number in 0..<asks {
            let generator = Generator(seed: UInt64(number) &* 0x9e37_79b9_7f4a_7c15)
            guard case .reply(let reply) = catalog.line.ask(query, .udp, generator: generator)
            else { continue }
            let first = query.count
            counts[Array(reply[(first + 12)..<(first + 16)]), default: 0] += 1
        }
        #expect(counts.count == 100)
        let expected = Double(asks) / 100
        let chi = counts.values.reduce(0.0) { sum, count in
            let difference = Double(count) - expected
            return sum + difference * difference / expected
        }
        // 99 degrees of freedom: beyond 160 once in 10,000 times.
        #expect(chi < 160)
    }
}
