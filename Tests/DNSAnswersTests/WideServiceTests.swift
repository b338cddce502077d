// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import Definitions
import Publication
import StateStore
import Testing

@testable import DNSAnswers

/// A catalog that changes command by command, with a fast line that follows each.
struct ChangingCatalog {
    var random: RandomCatalog
    let settings: DNSSettings
    let line: FastLine
    var store = StateStore()
    let nodes: Int

    static let services = ["web", RandomCatalog.services[5]]

    init(seed: UInt64, hasOddities: Bool = false, nodes: Int) throws {
        random = RandomCatalog(seed: seed, hasOddities: hasOddities)
        settings = try random.settings()
        line = FastLine(settings: settings)
        line.writer.table.poisonsFreedMemory = true
        self.nodes = nodes
    }

    var writer: DNSViewWriter { line.writer }

    func count(_ name: String = services[0]) -> Int { store.instanceCount(ofService: name) }

    mutating func apply(_ command: Command) {
        let index = RaftIndex(rawValue: store.lastIndex.rawValue + 1)
        guard let changes = try? store.apply(command, at: index) else { return }
        writer.follow(changes, in: store)
        writer.publish()
    }

    private mutating func nodeName() -> String { "m\(random.generator.below(nodes))" }

    /// Registers another instance, or one anew.
    mutating func register(_ service: String) {
        let node = nodeName()
        let number = random.generator.below(3)
        var row = random.service(service, on: node, number: number)
        if random.chance(2) { row.priority = 2 }
        apply(
            .register(
                Registration(node: random.node(node), skipNodeUpdate: !random.chance(3), service: row)
            )
        )
    }

    /// Takes an instance out.
    mutating func deregister(_ service: String) {
        guard let instance = some(service) else { return }
        apply(
            .deregister(
                Deregistration(node: instance.node.name, serviceID: instance.service.id)
            )
        )
    }

    /// One of the instances.
    mutating func some(_ service: String) -> InstanceView? {
        let all = store.instances(ofService: service).value
        return all.isEmpty ? nil : random.pick(all)
    }

    /// Changes what is there: an instance, its health, its node, the health of its node.
    mutating func change(_ service: String) {
        guard let instance = some(service) else { return }
        let node = instance.node.name
        var row = instance.service
        var registration = Registration(node: instance.node, skipNodeUpdate: true)
        switch random.generator.below(20) {
        case ..<4: row.port = random.generator.below(70_000)
        case ..<6: row.tags = [random.pick(RandomCatalog.tags), random.pick(RandomCatalog.tags)]
        case ..<8: row.address = random.address(mayBeEmpty: true)
        case 8: row.weights.passing = random.generator.below(9)
        case 9:
            row.name = Self.services[row.name == Self.services[0] ? 1 : 0]
        case ..<17:
            registration.checks = [random.check(on: node, of: row, number: 0)]
            if random.chance(40) { registration.checks[0].status = .passing }
        case 17:
            registration.skipNodeUpdate = false
            registration.node = random.node(node)
        case 18:
            registration.checks = [random.check(on: node, of: nil, number: 9)]
        default:
            apply(.deregister(Deregistration(node: node, checkID: "c9")))
            return
        }
        registration.service = row
        apply(.register(registration))
    }

    /// A command of any kind that brings the first service nearer to a width.
    mutating func step(towards width: Int) {
        let service = random.chance(85) ? Self.services[0] : Self.services[1]
        let isFar = abs(count() - width) > 3
        switch random.generator.below(100) {
        case ..<(isFar ? 20 : 60): change(service)
        case 99 where nodes < 500: apply(.deregister(Deregistration(node: nodeName())))
        default: if count() < width { register(service) } else { deregister(service) }
        }
    }

    /// Whether view and state say the same; `nil` if so.
    func fault() -> String? {
        let fresh = ViewContents(of: store, settings)
        if let difference = ViewContents(writer).difference(from: fresh) { return difference }
        for name in Self.services {
            let entry = OwnedKey(PlainName.label(of: name) ?? []).withKey { key in
                writer.table.find(kind: ServiceEntry.kind, key: key)
            }
            let flags = entry.map { ServiceEntry($0).flags }
            let expected = ExpectedFlags.of(name, in: store, settings)
            if flags != expected {
                return "\(name): flags \(flags?.rawValue ?? 0), not \(expected?.rawValue ?? 0)"
            }
        }
        if writer.liveOctets != octets { return "\(writer.liveOctets) octets, not \(octets)" }
        return writer.retiredOctets == 0 ? nil : "\(writer.retiredOctets) octets are kept"
    }

    /// What all that is in the view takes, by a walk.
    private var octets: Int {
        var sum = 0
        writer.table.forEachEntry { if $0.kind == ServiceEntry.kind { sum += $0.size } }
        for number in writer.nodeNumbers.values {
            sum += writer.table.numberedEntry(number)?.size ?? 0
        }
        for wide in writer.wideServices.values {
            for number in 0..<wide.blocks.count { sum += wide.blocks[number].size }
        }
        return sum
    }

    /// What the reference line answers from, with instances in the order of the entries.
    var snapshot: DNSSnapshot {
        var names: [UInt32: String] = [:]
        for (name, number) in writer.nodeNumbers { names[number] = name.folded }
        var places: [String: [String: Int]] = [:]
        for (name, wide) in writer.wideServices {
            for place in 0..<wide.count {
                let node = names[wide.record(place).node] ?? ""
                places[name, default: [:]]["\(node)/\(wide.ids[place])"] = place
            }
        }
        var snapshot = DNSSnapshot(store: store, zones: ZoneSet(), settings: settings)
        snapshot.instanceOrder = { [places] name, instances in
            guard let places = places[StateStore.folded(name)] else { return instances }
            func place(_ instance: InstanceView) -> Int {
                places["\(StateStore.folded(instance.node.name))/\(instance.service.id)"] ?? .max
            }
            return instances.map { (place($0), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
        return snapshot
    }

    /// Asks both lines questions; returns how many the fast one answered.
    mutating func compare(questions: Int) -> Int {
        let snapshot = snapshot
        var fast = 0
        random.isWide = true
        for _ in 0..<questions {
            let question = RandomQuestion(&random, settings: settings)
            let state = Generator(seed: random.generator.next())
            let reply = line.ask(question.octets, question.transport, generator: state, now: 5)
            guard reply != .handedOver else { continue }
            fast += 1
            let expected = ResponderTests.reference(question, snapshot, state, 5)
            guard reply != expected else { continue }
            let fast = ResponderTests.describe(reply)
            let slow = ResponderTests.describe(expected)
            Issue.record("fast \(fast)\nslow \(slow)\n\(settings)")
        }
        return fast
    }
}

@Suite("Wide services change block by block")
struct WideServiceTests {
    @Test("view and state agree after every command, around 64 instances", arguments: 1...8)
    func aroundOneBlock(seed: Int) throws {
        var catalog = try ChangingCatalog(
            seed: UInt64(seed),
            hasOddities: seed % 4 == 0,
            nodes: 60
        )
        var fast = 0
        for width in [62, 66, 63, 70, 45, 68, 130, 126, 132, 60, 40] {
            for number in 0..<(abs(catalog.count() - width) + 25) {
                catalog.step(towards: width)
                let fault = catalog.fault()
                try #require(fault == nil, "seed \(seed), towards \(width), \(number): \(fault ?? "")")
                if number % 4 == 0 { fast += catalog.compare(questions: 3) }
            }
        }
        #expect(fast > 100)
    }

    @Test("so they do with 1,000 instances", arguments: [11, 12])
    func thousand(seed: Int) throws {
        var catalog = try ChangingCatalog(seed: UInt64(seed), nodes: 700)
        for _ in 0..<1500 { catalog.step(towards: 1000) }
        for round in 0..<25 {
            for _ in 0..<20 { catalog.step(towards: round < 15 ? 1000 : 900) }
            try #require(catalog.fault() == nil, "seed \(seed), round \(round): \(catalog.fault() ?? "")")
            #expect(catalog.compare(questions: 20) > 0)
        }
        #expect(catalog.count() > 850)
    }

    @Test("a group of commands is followed at once", arguments: [21, 22, 24])
    func groups(seed: Int) throws {
        var catalog = try ChangingCatalog(
            seed: UInt64(seed),
            hasOddities: seed % 4 == 0,
            nodes: 50
        )
        for _ in 0..<250 { catalog.step(towards: 110) }
        for round in 0..<60 {
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
            try #require(catalog.fault() == nil, "seed \(seed), round \(round): \(catalog.fault() ?? "")")
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
                if number % 7 == 0 || number < 5 {
                    try #require(catalog.fault() == nil, "\(status) \(number): \(catalog.fault() ?? "")")
                }
            }
            try #require(catalog.fault() == nil, "\(status): \(catalog.fault() ?? "")")
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
