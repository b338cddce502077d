// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Definitions
import Publication
import StateStore
import Testing

@testable import DNSAnswers

@Suite("One change of a wide service leaves the view as one built whole")
struct WideServiceChangeTests {
    /// What is changed of an instance or of its node.
    struct Change: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var apply: @Sendable (inout ServiceRow, inout NodeRow) -> Void

        init(_ name: String, _ apply: @escaping @Sendable (inout ServiceRow, inout NodeRow) -> Void)
        {
            testDescription = name
            self.apply = apply
        }
    }

    static let changes = [
        Change("nothing") { _, _ in },
        Change("port") { row, _ in row.port = 9000 },
        Change("port of another on the node") { row, _ in row.port = 8001 },
        Change("weight") { row, _ in row.weights.passing = 7 },
        Change("priority") { row, _ in row.priority = 3 },
        Change("a tag") { row, _ in row.tags = ["v1", "secondary"] },
        Change("a tag that others have") { row, _ in row.tags = ["v0", "primary", "v1"] },
        Change("case of a tag") { row, _ in row.tags = ["V0", "PRIMARY"] },
        Change("order of tags") { row, _ in row.tags.reverse() },
        Change("a tag twice") { row, _ in row.tags += row.tags },
        Change("a tag that Unicode holds equal") { row, _ in row.tags = ["\u{212a}", "primary"] },
        Change("the same tag in ASCII") { row, _ in row.tags = ["K", "primary"] },
        Change("a tag that no question can bear") { row, _ in row.tags = ["v 0", "primary", "a..b"]
        },
        Change("a tag of labels") { row, _ in row.tags = ["a.bc.def", "primary"] },
        Change("a tag of 63 octets") { row, _ in row.tags = [String(repeating: "x", count: 63)] },
        Change("a tag of 64 octets") { row, _ in row.tags = [String(repeating: "x", count: 64)] },
        Change("more tags than the view takes") { row, _ in row.tags = (0...1000).map { "t\($0)" }
        },
        Change("no tags") { row, _ in row.tags = [] },
        Change("an own address") { row, _ in row.address = "192.0.2.1" },
        Change("its node's address as its own") { row, node in row.address = node.address },
        Change("an own IPv6 address") { row, _ in row.address = "2001:db8::1" },
        Change("the same IPv6 address spelled otherwise") { row, _ in
            row.address = "2001:db8:0::1"
        },
        Change("both families") { row, _ in
            row.address = "192.0.2.1"
            row.taggedAddresses["lan_ipv6"] = ServiceAddress(address: "2001:db8::1", port: 1)
        },
        Change("a host name") { row, _ in row.address = "host.example" },
        Change("another service") { row, _ in row.name = "api" },
        Change("case of the service's name") { row, _ in row.name = "WEB" },
        Change("the node's address") { _, node in node.address = "192.0.2.9" },
        Change("the node's address is another's") { _, node in node.address = "10.0.0.5" },
        Change("the node's IPv6 address") { _, node in node.address = "2001:db8::9" },
        Change("a tagged address of the node") { _, node in
            node.taggedAddresses = ["lan_ipv4": "192.0.2.9"]
        },
        Change("the node's metadata") { _, node in node.meta = ["a": "b"] },
        Change("case of the node's name") { row, node in
            node.name = node.name.uppercased()
            row.node = node.name
        },
        Change("another node") { row, node in
            node = NodeRow(name: "other", address: "192.0.2.10")
            row.node = "other"
        },
    ]

    /// 70 instances on 69 nodes; the node of the first has two, and so has an ID on another node.
    private static func catalog(seed: UInt64) throws -> ChangingCatalog {
        var catalog = try ChangingCatalog(seed: seed, nodes: 1)
        for number in 0..<70 {
            let node = number == 69 ? 3 : number
            var row = ServiceRow(
                node: "n\(node)",
                id: number == 68 ? "i3" : "i\(number)",
                name: "web"
            )
            row.port = number == 69 ? 8001 : 8000
            row.tags = ["v\(number & 1)", "primary"]
            if number % 5 == 4 { row.address = "10.9.0.\(number)" }
            catalog.apply(
                .register(
                    Registration(
                        node: NodeRow(name: "n\(node)", address: "10.0.0.\(node)"),
                        service: row
                    )
                )
            )
        }
        return catalog
    }

    private static func register(
        _ change: Change,
        _ number: Int,
        in catalog: inout ChangingCatalog
    ) throws {
        let all = catalog.store.instances(ofService: "web").value
        let instance = try #require(all.first { $0.node.name == "n\(number)" })
        var (row, node) = (instance.service, instance.node)
        change.apply(&row, &node)
        catalog.apply(.register(Registration(node: node, service: row)))
    }

    private static func expectSame(_ catalog: inout ChangingCatalog) {
        let fault = catalog.fault()
        #expect(fault == nil)
        #expect(catalog.writer.wideServices["web"] != nil)
        _ = catalog.compare(questions: 5)
    }

    @Test("there and back, and where it is one of two", arguments: changes)
    func change(_ change: Change) throws {
        for (seed, number) in [(1, 3), (2, 10), (3, 14), (5, 67)] {
            var catalog = try Self.catalog(seed: UInt64(seed))
            Self.expectSame(&catalog)
            let before = ViewContents(catalog.writer)
            let all = catalog.store.instances(ofService: "web").value
            let old = try #require(all.first { $0.node.name == "n\(number)" })
            try Self.register(change, number, in: &catalog)
            Self.expectSame(&catalog)
            // Back again: what was counted in is counted out.
            catalog.apply(
                .register(Registration(node: old.node, service: old.service))
            )
            if catalog.store.node(named: "other") != nil {
                catalog.apply(.deregister(Deregistration(node: "other")))
            }
            Self.expectSame(&catalog)
            #expect(ViewContents(catalog.writer).difference(from: before) == nil)
        }
    }

    @Test("one change upon another", arguments: 1...6)
    func pairs(seed: Int) throws {
        var catalog = try Self.catalog(seed: UInt64(seed))
        for _ in 0..<60 {
            let change = catalog.random.pick(Self.changes)
            let number = catalog.random.generator.below(68)
            guard
                catalog.store.instances(ofService: "web").value.contains(where: {
                    $0.node.name == "n\(number)"
                })
            else { continue }
            try Self.register(change, number, in: &catalog)
            let fault = catalog.fault()
            try #require(fault == nil, "\(change.testDescription) of \(number): \(fault ?? "")")
        }
    }

    @Test("many tags in a block", arguments: [63, 64, 65, 200])
    func manyTags(count: Int) throws {
        var catalog = try Self.catalog(seed: 1)
        let tags = (0..<count).map { "t\($0)" }
        for some in [tags, Array(tags.dropLast()), tags.reversed(), ["primary"]] {
            try Self.register(Change("tags") { row, _ in row.tags = some }, 8, in: &catalog)
            Self.expectSame(&catalog)
        }
    }
}
