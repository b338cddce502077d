// SPDX-License-Identifier: Apache-2.0
import DNSTransport
import DNSWire
import HTTPAPI
import Testing

@testable import Agent

@Suite("Who asks DNS what")
struct TopBoardTests {
    private func query(
        _ name: String,
        _ client: String,
        flags: UInt16 = 0x8400,
        weight: UInt32
    ) throws -> TappedQuery {
        TappedQuery(
            client: try #require(IPAddress(text: client)),
            name: try DomainName(text: name).wire,
            type: 1,
            flags: flags,
            weight: weight
        )
    }

    @Test("samples are counted by what they stand for, names without regard to case")
    func counts() throws {
        let board = TopBoard(isOn: true) { 1000 }
        board.take([
            try query("web.consul.", "192.0.2.1", weight: 30),
            try query("WEB.consul.", "192.0.2.2", weight: 5),
            try query("nope.consul.", "192.0.2.2", flags: 0x8403, weight: 7),
            try query("log.consul.", "192.0.2.3", weight: 0),
        ])
        let report = try #require(board.report(minutes: nil, limit: 10))
        #expect(report.queries == 42 && report.samples == 3)
        #expect(report.names == [.init("web.consul.", 35), .init("nope.consul.", 7)])
        #expect(report.failingNames == [.init("nope.consul.", 7)])
        #expect(report.clients == [.init("192.0.2.1", 30), .init("192.0.2.2", 12)])
        #expect(report.types == [.init("A", 42)])
        #expect(report.codes == [.init("NOERROR", 35), .init("NXDOMAIN", 7)])
        #expect(report.sources == [.init("catalog", 42)])
        board.reset()
        #expect(board.report(minutes: nil, limit: 10)?.queries == 0)
    }

    @Test("nothing is counted while it is off")
    func off() throws {
        let board = TopBoard(isOn: false) { 1000 }
        board.take([try query("web.consul.", "192.0.2.1", weight: 30)])
        #expect(board.report(minutes: nil, limit: 10) == nil)
        board.set(isOn: true)
        #expect(board.report(minutes: nil, limit: 10)?.queries == 0)
    }
}
