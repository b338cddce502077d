// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import Publication
import StateStore
import Testing

@testable import DNSAnswers

@Suite("The view follows the state")
struct ViewTests {
    @Test("each entry equals one built from the state, after every command", arguments: 1...12)
    func followsCommands(seed: Int) throws {
        var random = RandomCatalog(seed: UInt64(seed), hasOddities: seed % 2 == 0)
        random.isWide = seed % 3 == 0
        let settings = try random.settings()
        let writer = DNSViewWriter(settings: settings, seed: 4)
        writer.table.poisonsFreedMemory = true
        var store = StateStore()
        for number in 1...250 {
            let index = RaftIndex(rawValue: UInt64(number))
            guard let changes = try? store.apply(random.command(), at: index) else { continue }
            writer.follow(changes, in: store)
            writer.publish()
            if number % 5 == 0 || number < 40 {
                try #require(
                    ViewContents(writer) == ViewContents(of: store, settings),
                    "seed \(seed), command \(number)"
                )
            }
        }
        #expect(writer.retiredOctets == 0)
    }

    @Test(
        "a service with more tags than the view takes is for the reference line",
        arguments: [3, 40]
    )
    func manyTags(instances: Int) throws {
        let domain = try DomainName(text: "consul.")
        let settings = DNSSettings(domain: domain, datacenter: "dc1", nodeName: "n1")
        var store = StateStore()
        let writer = DNSViewWriter(settings: settings, seed: 4)
        func register(_ number: Int, tags: Int) throws {
            var row = ServiceRow(node: "n\(number)", id: "s", name: "web")
            row.tags = (0..<tags).map { "t\($0)" }
            let node = NodeRow(name: "n\(number)", address: "10.0.0.\(number)")
            let registration = Registration(node: node, service: row)
            let changes = try store.apply(.register(registration), at: store.lastIndex.next)
            writer.follow(changes, in: store)
            writer.publish()
        }
        func isSlow() -> Bool? {
            let entry = OwnedKey(PlainName.reachableLabel(of: "web") ?? []).withKey {
                writer.table.find(kind: ServiceEntry.kind, key: $0)
            }
            return entry.map { ServiceEntry($0).flags.contains(.isSlow) }
        }
        for number in 0..<instances { try register(number, tags: 2) }
        for (tags, expected) in [(1000, false), (1001, true), (1000, false)] {
            try register(1, tags: tags)
            #expect(isSlow() == expected, "\(tags) tags, followed")
            #expect(ViewContents(writer) == ViewContents(of: store, settings))
            var everything = Changes()
            everything.isEverything = true
            writer.follow(everything, in: store)
            writer.publish()
            #expect(isSlow() == expected, "\(tags) tags, built whole")
        }
    }

    @Test("new settings and a new state replace everything")
    func replaces() throws {
        var random = RandomCatalog(seed: 31, hasOddities: true)
        var settings = try random.settings()
        let writer = DNSViewWriter(settings: settings, seed: 4)
        for round in 0..<20 {
            var store = StateStore()
            for number in 1...80 {
                _ = try? store.apply(random.command(), at: RaftIndex(rawValue: UInt64(number)))
            }
            if round % 2 == 0 {
                let datacenter = settings.datacenter
                settings = try random.settings()
                settings.datacenter = datacenter
                writer.replace(settings: settings, state: store)
            } else {
                var changes = Changes()
                changes.isEverything = true
                writer.follow(changes, in: store)
            }
            writer.publish()
            #expect(ViewContents(writer) == ViewContents(of: store, settings))
        }
    }

    @Test("parts made on several threads say what one piece says", arguments: 1...4)
    func parts(seed: Int) throws {
        var random = RandomCatalog(seed: UInt64(seed), hasOddities: seed % 2 == 0)
        let settings = try random.settings()
        var store = StateStore()
        // Wide services and narrow ones, on more nodes than a part has.
        for _ in 0..<600 {
            random.isWide = random.chance(70)
            _ = try? store.apply(random.command(), at: store.lastIndex.next)
        }
        // More services than a part has.
        for number in 0..<300 {
            let row = ServiceRow(node: "", id: "s\(number)", name: "many-\(number % 280)")
            let registration = Registration(
                node: NodeRow(name: "m\(number % 90)", address: "10.0.0.\(number % 90)"),
                service: row
            )
            _ = try store.apply(.register(registration), at: store.lastIndex.next)
        }
        let single = DNSViewWriter(settings: settings, seed: 4)
        for node in store.nodes().value { _ = single.store(node) }
        for name in Set(store.serviceNames().value.map { StateStore.folded($0.name) }) {
            single.rebuildService(name, in: store)
        }
        let expected = ViewContents(single)
        #expect(single.wideServices.count >= 2 && single.nodeNumbers.count > 64)
        var everything = Changes()
        everything.isEverything = true
        for worker in [OneThread(), ThreadedParts()] as [any PartsWorker] {
            let writer = DNSViewWriter(settings: settings, seed: 4)
            writer.worker = worker
            // The second time over what is there.
            for _ in 0..<2 {
                writer.follow(everything, in: store)
                writer.publish()
                let difference = ViewContents(writer).difference(from: expected)
                #expect(difference == nil)
                #expect(writer.liveOctets == single.liveOctets)
                #expect(writer.retiredOctets == 0)
            }
        }
    }

    @Test("an empty state leaves nothing behind")
    func empties() throws {
        var random = RandomCatalog(seed: 8, hasOddities: true)
        let settings = try random.settings()
        let writer = DNSViewWriter(settings: settings, seed: 4)
        var store = StateStore()
        for number in 1...100 {
            _ = try? store.apply(random.command(), at: RaftIndex(rawValue: UInt64(number)))
        }
        var changes = Changes()
        changes.isEverything = true
        writer.follow(changes, in: store)
        #expect(writer.liveOctets > 0)
        #expect(writer.nameCount > 0)
        writer.follow(changes, in: StateStore())
        writer.publish()
        #expect(writer.liveOctets == 0)
        #expect(writer.nameCount == 0)
        #expect(writer.retiredOctets == 0)
        #expect(writer.nodeNumbers.isEmpty)
    }

    @Test("what a reader saw stays until it leaves")
    func keeps() throws {
        let settings = DNSSettings(
            domain: try DomainName(text: "consul."),
            datacenter: "dc1",
            nodeName: "a"
        )
        let writer = DNSViewWriter(settings: settings, seed: 4)
        let reader = writer.makeReader()
        var store = StateStore()
        var changes = Changes()
        changes.isEverything = true
        let node = NodeRow(name: "n", address: "10.0.0.1")
        _ = try store.apply(
            .register(
                Registration(node: node, service: ServiceRow(node: "n", id: "w", name: "web"))
            ),
            at: RaftIndex(rawValue: 1)
        )
        writer.follow(changes, in: store)
        writer.publish()
        reader.enter()
        writer.follow(changes, in: store)
        writer.publish()
        #expect(writer.retiredOctets > 0)
        #expect(writer.lowestReaderEpoch < .max)
        reader.leave()
        writer.publish()
        #expect(writer.retiredOctets == 0)
    }

    @Test("a static zone below the domain leaves the catalog's names where they are")
    func innerZones() throws {
        let settings = DNSSettings(
            domain: try DomainName(text: "consul."),
            datacenter: "dc1",
            nodeName: "a"
        )
        let line = FastLine(settings: settings)
        let query = QueryOctets.make("nope.service.consul", type: .a)
        let before = line.ask(query, .udp)
        #expect(before != .handedOver)
        let inner = QueryOctets.make("nope.inner.consul", type: .a)
        let catalogs = line.ask(inner, .udp)
        let apex = try DomainName(text: "inner.consul.")
        let soa = StartOfAuthority(
            primary: apex,
            mailbox: apex,
            serial: 1,
            refresh: 1,
            retry: 1,
            expire: 1,
            minimum: 1
        )
        let zone = try Zone.make(
            apex: apex,
            records: [
                ResourceRecord(name: apex, ttl: 1, data: .soa(soa)),
                ResourceRecord(name: apex, ttl: 1, data: .ns(try DomainName(text: "ns.example."))),
            ]
        )
        line.writer.replace(zones: ZoneSet(zones: [zone]))
        line.writer.publish()
        #expect(line.ask(query, .udp) == before)
        let zones = line.ask(inner, .udp)
        #expect(zones != .handedOver && zones != catalogs)
        line.writer.replace(zones: ZoneSet())
        line.writer.publish()
        #expect(line.ask(inner, .udp) == catalogs)
    }
}
