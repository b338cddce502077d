// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Definitions
import StateStore
import Testing

@testable import DNSAnswers

@Suite("Explanations: how much one reply carries")
struct ExplanationCutTests {
    /// What one reply carries over UDP, over UDP with EDNS, over TCP.
    private func carried(_ explanation: Explanation) -> [String] {
        explanation.replies.map { reply in
            let size = reply.offeredSize.map { " \($0)" } ?? ""
            let count =
                reply.fewest == reply.most ? "\(reply.most)" : "\(reply.fewest)-\(reply.most)"
            let truncated = reply.isTruncated ? ", TC" : ""
            return "\(reply.transport)\(size): \(count) of \(explanation.candidates)\(truncated) "
                + reply.limit
        }
    }

    @Test("how many of the candidates one reply carries, and what keeps the others out")
    func limits() throws {
        var server = try TestServer()
        for number in 1...10 { try server.add(number) }
        let whole = try explain("web.service.consul", .a, server)
        #expect(
            carried(whole) == [
                "udp: 3 of 10 dns_config.udp_answer_limit", "udp 1232: 10 of 10 ", "tcp: 10 of 10 ",
            ]
        )
        #expect(whole.notes == ["which ones a reply carries is drawn at random"])
        #expect(whole.answers.count == 10 && whole.instances.allSatisfy(\.isAnswered))
        server.settings.aRecordLimit = 2
        let limited = try explain("web.service.consul", .a, server)
        #expect(
            carried(limited) == [
                "udp: 2 of 10 dns_config.a_record_limit",
                "udp 1232: 2 of 10 dns_config.a_record_limit",
                "tcp: 2 of 10 dns_config.a_record_limit",
            ]
        )
        // It is none of SRV's.
        #expect(carried(try explain("web.service.consul", .srv, server))[2] == "tcp: 10 of 10 ")
        server.settings.udpAnswerLimit = 0
        server.settings.enableTruncate = true
        server.settings.aRecordLimit = 0
        #expect(
            carried(try explain("web.service.consul", .a, server))[0]
                == "udp: 8 of 10, TC 8 records in 512 octets"
        )
        let few = try explain("n1.node.consul", .a, server)
        #expect(carried(few) == ["udp: 1 of 1 ", "udp 1232: 1 of 1 ", "tcp: 1 of 1 "])
        #expect(few.notes.isEmpty)
        #expect(try explain("www.example.net", .a, "C9").replies.isEmpty)
    }

    @Test("sizes cut, too: of a datagram, of a stream")
    func sizes() throws {
        var server = try TestServer()
        for number in 1...1100 {
            let node = NodeRow(
                name: "n\(number)",
                address: "10.0.\(number / 250).\(number % 250 + 1)"
            )
            try server.register(node, ServiceRow(node: node.name, id: "w", name: "w", port: 80))
        }
        let locations = carried(try explain("w.service.consul", .srv, server))
        #expect(locations[0] == "udp: 3 of 1100 dns_config.udp_answer_limit")
        #expect(locations[1].hasSuffix(" of 1100 1232 octets"))
        #expect(locations[2] == "tcp: 1024 of 1100 1024 records over TCP")
        server.settings.udpMaximumSize = 512
        #expect(
            carried(try explain("w.service.consul", .a, server))
                == [
                    "udp: 3 of 1100 dns_config.udp_answer_limit",
                    "udp 1232: 3 of 1100 dns_config.udp_answer_limit", "tcp: 1100 of 1100 ",
                ]
        )
    }

    @Test("who always comes behind others is never let in by a_record_limit")
    func lastOnes() throws {
        var server = try TestServer()
        for number in 1...4 {
            try server.add(number) {
                $0.weights = ServiceWeights(passing: number == 4 ? 0 : number, warning: 1)
            }
        }
        server.settings.weightsAddresses = true
        server.settings.aRecordLimit = 2
        let weighted = try explain("web.service.consul", .a, server)
        #expect(
            table(weighted)[3]
                == "n4/web false: weight 0 comes last, and dns_config.a_record_limit lets no more in"
        )
        #expect(weighted.instances.filter(\.isAnswered).count == 3)
        #expect(
            weighted.notes
                == ["which ones a reply carries is drawn by weight; weight 0 comes last"]
        )
        server.settings.aRecordLimit = 3
        let roomy = try explain("web.service.consul", .a, server)
        #expect(roomy.instances.filter(\.isAnswered).count == 3)
        server.settings.aRecordLimit = 4
        #expect(try explain("web.service.consul", .a, server).instances.allSatisfy(\.isAnswered))
    }

    @Test("a prepared query by distance: the nearest come first")
    func nearest() throws {
        var server = try TestServer()
        for number in 1...4 { try server.add(number) }
        let query = PreparedQueryRow(
            id: "0a1b2c3d-0000-4000-8000-0000000000fe",
            name: "near",
            service: ServiceQuery(service: "web", near: "n1")
        )
        CatalogueK.apply(.preparedQuery(PreparedQueryChange(.create, query)), to: &server.store)
        // n2 and n3 are as far as each other.
        let rows = [(1, 0.0), (2, 0.2), (3, 0.2), (4, 0.5)].map { number, place in
            CoordinateRow(
                node: "n\(number)",
                coordinate: NetworkCoordinate(
                    vector: [place, 0, 0, 0, 0, 0, 0, 0],
                    error: 0.5,
                    adjustment: 0,
                    height: 0.001
                )
            )
        }
        CatalogueK.apply(.coordinates(rows), to: &server.store)
        #expect(
            try explain("near.query.consul", .a, server).notes.last
                == "those nearest to n1 come first"
        )
        server.settings.aRecordLimit = 2
        let explanation = try explain("near.query.consul", .a, server)
        #expect(
            table(explanation) == [
                "n1/web true: passing", "n2/web true: passing", "n3/web true: passing",
                "n4/web false: others are nearer to n1, and dns_config.a_record_limit lets no "
                    + "more in",
            ]
        )
    }

    @Test("a status that Consul does not know is named")
    func oddStatus() throws {
        var server = try TestServer()
        try server.add(1, "web", CheckStatus(rawValue: "odd"))
        #expect(
            table(try explain("web.service.consul", .a, server)) == ["n1/web true: check c is odd"]
        )
    }

    @Test("instances with one record: whose it is")
    func twins() throws {
        var server = try TestServer()
        try server.add(1) { $0.address = "10.9.9.9" }
        try server.add(2) { $0.address = "10.9.9.9" }
        let explanation = try explain("web.service.consul", .a, server)
        #expect(
            table(explanation) == [
                "n1/web true: passing", "n2/web true: passing; its record is that of n1/web",
            ]
        )
        #expect(explanation.candidates == 1)
        #expect(try explain("web.service.consul", .srv, server).candidates == 2)
    }

    @Test("transfers are not made, whoever has the name", arguments: ["C0", "C9"])
    func transfers(configuration: String) throws {
        let inside = try explain("consul", .axfr, configuration)
        #expect(inside.code == .notImplemented)
        let outside = try explain("example.net", .axfr, configuration)
        #expect(outside.code == .refused)
        #expect(!outside.isForwarded)
        #expect(outside.notes.contains { $0.contains("error 21") } == (configuration == "C9"))
    }
}
