// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import Definitions
import Publication
import StateStore
import Testing

@_spi(Comparison) @testable import DNSAnswers

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
                Registration(
                    node: random.node(node),
                    skipNodeUpdate: !random.chance(3),
                    service: row
                )
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
        writer.ordered(DNSSnapshot(store: store, zones: ZoneSet(), settings: settings))
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
