// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import Definitions
import StateStore
import Testing

/// Cases of the last group: large services, odd messages, changes between two questions.
@Suite("DNS conformance at scale")
struct ScaleTests {
    /// The numbers of the cases here.
    static let numbers: Set<Int> = Set(352...360).union([365, 366, 367, 368, 369, 370, 372, 373])

    /// Catalogue K with so many nodes bNNNNN and a service srvbig on each.
    private static func store(nodes: Int) -> StateStore {
        var store = CatalogueK.store
        for number in 0..<nodes {
            let digits = String(number)
            let name = "b" + String(repeating: "0", count: 5 - digits.count) + digits
            let address = "10.100.\(number / 256).\(number % 256)"
            CatalogueK.register(
                CatalogueK.entry(name, address, CatalogueK.service("srvbig", 80)),
                in: &store
            )
        }
        return store
    }

    private static let store1100 = store(nodes: 1100)
    private static let store4300 = store(nodes: 4300)

    @Test(
        "large services",
        arguments: ConformanceCase.parse(
            """
            DNS-352 C3 srvbig.service.consul SRV (TCP)
            NOERROR AA TC RD 63876
            an 1024 records
            ad 1024 records

            DNS-353 C3 srvbig.service.consul A (TCP)
            NOERROR AA RD 17639
            an 1100 records

            # D3 of docs/divergences.md
            DNS-354 C3 srvbig.service.consul SRV (EDNS 4096)
            NOERROR AA TC RD 4052
            an 69 records
            ad 70 records

            # D3 of docs/divergences.md
            DNS-355 C3 srvbig.service.consul A (EDNS 4096)
            NOERROR AA TC RD 4082
            an 252 records
            ad OPT(1232)
            """
        )
    )
    func large(_ testCase: ConformanceCase) throws { try expectPass(testCase, Self.store1100) }

    @Test(
        "very large services",
        arguments: ConformanceCase.parse(
            """
            DNS-356 C3 srvbig.service.consul A (TCP)
            NOERROR AA TC RD 65511
            an 4092 records

            DNS-357 C3+C6 srvbig.service.consul A (TCP)
            NOERROR AA TC RD 65492
            an 1769 records

            DNS-358 C3+C6 srvbig.service.consul SRV (TCP)
            NOERROR AA TC RD 65487
            an 648 records
            ad 648 records

            # D3 of docs/divergences.md
            DNS-359 C3 srvbig.service.consul A (EDNS 65400)
            NOERROR AA TC RD 65378
            an 4083 records
            ad OPT(1232)

            # D3 of docs/divergences.md
            DNS-360 C3 srvbig.service.consul A (EDNS 65535)
            NOERROR AA TC RD 65458
            an 4088 records
            ad OPT(1232)
            """
        )
    )
    func veryLarge(_ testCase: ConformanceCase) throws { try expectPass(testCase, Self.store4300) }

    private func expectPass(_ testCase: ConformanceCase, _ store: StateStore) throws {
        var snapshot = try #require(try CaseConfiguration.snapshot(testCase.configuration))
        snapshot.store = store
        let faults = try ConformanceRunner.faults(
            in: testCase,
            asking: try CaseQuery(testCase.query),
            of: snapshot
        )
        #expect(faults.isEmpty, "\(testCase.testDescription)")
    }

    /// Asks a query whose octets are changed first, under C0.
    private func faults(
        _ text: String,
        store: StateStore = CatalogueK.store,
        changing change: (inout [UInt8]) -> Void = { _ in }
    ) throws -> [String] {
        let testCase = try #require(ConformanceCase.parse(text).first)
        var query = try CaseQuery(testCase.query)
        change(&query.octets)
        var snapshot = try #require(try CaseConfiguration.snapshot(testCase.configuration))
        snapshot.store = store
        return try ConformanceRunner.faults(in: testCase, asking: query, of: snapshot)
    }

    @Test("DNS-365: an EDNS cookie is not returned")
    func cookie() throws {
        let faults = try faults(
            """
            DNS-365 C0 api.service.consul A (EDNS 1232)
            NOERROR AA RD 63
            an @ 0 A 198.18.0.1
            ad OPT(1232)
            """
        ) { octets in
            octets[octets.count - 1] = 12
            octets += [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8]
        }
        #expect(faults.isEmpty)
    }

    @Test("DNS-366: of two OPT records the last counts")
    func twoOPT() throws {
        let faults = try faults(
            """
            # D9 of docs/divergences.md
            DNS-366 C0 api.service.consul A (EDNS 1232)
            NOERROR AA RD 63
            an @ 0 A 198.18.0.1
            ad OPT(1232)
            """
        ) { octets in
            octets[11] = 2
            octets += [0, 0, 41, 0x10, 0x00, 0, 0, 0, 0, 0, 0]
        }
        #expect(faults.isEmpty)
    }

    @Test("DNS-367: an IPv4 client subnet longer than 32 bits is a format error")
    func subnetTooLong() throws {
        let faults = try faults(
            """
            DNS-367 C0 api.service.consul A (EDNS 1232)
            FORMERR RD 36
            """
        ) { octets in
            octets[octets.count - 1] = 13
            octets += [0, 8, 0, 9, 0, 1, 33, 0, 192, 0, 2, 0, 0]
        }
        #expect(faults.isEmpty)
    }

    @Test("DNS-368: three additional records are a format error")
    func threeAdditionals() throws {
        let faults = try faults(
            """
            DNS-368 C0 api.service.consul A
            FORMERR RD 12
            """
        ) { octets in octets[11] = 3 }
        #expect(faults.isEmpty)
    }

    @Test(
        "the own node in maintenance",
        arguments: [
            "DNS-369 C0 consul NS\nNOERROR AA RD 24",
            "DNS-370 C0 consul SOA\nNOERROR AA RD 74\nan SOA",
        ]
    )
    func maintenance(_ text: String) throws {
        var store = CatalogueK.store
        var entry = CatalogueK.own("agent1")
        entry.checks = [CatalogueK.check("_node_maintenance", "critical")]
        CatalogueK.register(entry, in: &store)
        #expect(try faults(text, store: store).isEmpty)
    }

    @Test("DNS-373: intentions give a service a virtual address")
    func intentions() throws {
        var store = CatalogueK.store
        let entry = ConfigEntryRow(kind: .serviceIntentions, name: "six")
        CatalogueK.apply(.configEntry(ConfigEntryChange(entry)), to: &store)
        // 240.0.0.1 is that of web, 240.0.0.2 that of native.
        let text = "DNS-373 C0 six.virtual.consul A\nNOERROR AA RD -\nan @ 0 A 240.0.0.3"
        #expect(try faults(text, store: store).isEmpty)
    }

    @Test("DNS-372: TTLs follow a reload")
    func reload() throws {
        let snapshot = try #require(try CaseConfiguration.snapshot("C1"))
        var changed = snapshot
        changed.settings.nodeTTL = 12
        changed.settings.serviceTTLs = ["*": 6]
        for (text, old, new) in [("n2.node.consul A", 11, 12), ("api.service.consul A", 5, 6)] {
            for (ttl, snapshot) in [(old, snapshot), (new, changed)] {
                let block = "DNS-372 C1 \(text)\nNOERROR AA RD -\nan all TTL \(ttl)"
                let testCase = try #require(ConformanceCase.parse(block).first)
                let faults = try ConformanceRunner.faults(
                    in: testCase,
                    asking: try CaseQuery(testCase.query),
                    of: snapshot
                )
                #expect(faults.isEmpty)
            }
        }
    }
}
