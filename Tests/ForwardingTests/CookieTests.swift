// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import Forwarding

/// RFC 7873 and RFC 8914 between us and the upstreams.
@Suite("Cookies and reasons of upstreams")
struct CookieTests {
    private func bench() throws -> SearchBench { try SearchBench { $0.sendsCookies = true } }

    private func edns(_ cookie: [UInt8], _ code: UInt8 = 0) -> EDNS {
        EDNS(
            udpPayloadSize: 1232,
            extendedRCode: code,
            options: [EDNSOption(code: 10, data: cookie)]
        )
    }

    @Test("off unless asked for; each upstream has one of its own, which stays")
    func sent() throws {
        #expect(try SearchBench().lastCookie == nil)
        var bench = try bench()
        let first = try #require(bench.lastCookie)
        #expect(first.count == 8)
        try bench.advance(to: 600)
        let second = try #require(bench.lastCookie)
        #expect(second.count == 8 && second != first)
        let again = bench.desk.state.pool.cookie(0, using: &bench.desk.generator)
        #expect(again.client == first)
    }

    @Test("a reply with another cookie is dropped, one with ours or with none is taken")
    func echoed() throws {
        for (change, isTaken) in [(0, true), (1, false)] {
            var bench = try bench()
            var cookie = try #require(bench.lastCookie)
            cookie[7] ^= UInt8(change)
            try bench.answer(from: 0, edns: edns(cookie))
            #expect(bench.isFinished == isTaken)
            #expect(bench.count(.mismatch) == (isTaken ? 0 : 1))
            #expect(bench.count(.cookie(isTaken ? .right : .wrong)) == 1)
        }
        var plain = try bench()
        try plain.answer(from: 0)
        #expect(plain.isFinished)
        #expect(plain.count(.cookie(.absent)) == 1)
        var without = try SearchBench()
        try without.answer(from: 0)
        #expect(CookieResult.allCases.allSatisfy { without.count(.cookie($0)) == 0 })
        for length in [0, 4, 7, 9, 15, 41] {
            var bench = try bench()
            let own = try #require(bench.lastCookie)
            let data = Array((own + [UInt8](repeating: 1, count: 40)).prefix(length))
            try bench.answer(from: 0, edns: edns(data))
            #expect(!bench.isFinished, "\(length) octets are no cookie")
        }
    }

    @Test("the upstream's cookie is learnt and sent the next time")
    func learnt() throws {
        var bench = try bench()
        let own = try #require(bench.lastCookie)
        let theirs = [UInt8](repeating: 7, count: 16)
        try bench.answer(from: 0, edns: edns(own + theirs))
        guard
            case .search(let plan) = try bench.desk.arrive(Queries.octets("next.example"))
        else { throw CancellationError() }
        let message = plan.query.upstream(id: 1, cookie: plan.turns[0].cookie)
        #expect(try Message(decoding: message).edns?.options.map(\.data) == [own + theirs])
        // Without EDNS there is none, and clients see nothing of it.
        #expect(try Message(decoding: plan.query.upstream(id: 1, withEDNS: false)).edns == nil)
        #expect(bench.reply?.message.edns == nil)
    }

    @Test("BADCOOKIE: once more with the new cookie, then over TCP")
    func badCookie() throws {
        var bench = try bench()
        let own = try #require(bench.lastCookie)
        let theirs = [UInt8](repeating: 9, count: 8)
        let bad = edns(own + theirs, 1)
        try bench.answer(from: 0, ResponseCode(rawValue: 7), edns: bad)
        #expect(bench.lastCookie == own + theirs)
        #expect(bench.asked.map(\.upstream) == [0, 0])
        #expect(bench.count(.cookie(.refused)) == 1)
        try bench.answer(from: 0, ResponseCode(rawValue: 7), edns: bad)
        #expect(bench.open.values.map(\.overTCP) == [true])
        #expect(bench.count(.retryOverTCP) == 1)
    }

    @Test("cookies, keepalive and padding of an upstream reach no client; its reasons do")
    func hop() throws {
        var bench = try SearchBench(edns: EDNS(udpPayloadSize: 1232))
        let options = [10, 11, 12, 15].map {
            EDNSOption(code: $0, data: [UInt8](repeating: 0, count: 8))
        }
        try bench.answer(from: 0, edns: EDNS(udpPayloadSize: 4096, options: options))
        let message = try #require(bench.reply?.message)
        #expect(message.edns?.options.map(\.code) == [15])
        #expect(message.edns?.udpPayloadSize == 1232)
        #expect(message.answers.count == 1)
    }

    @Test("why recursors refuse is passed on: the first two reasons of the first that says so")
    func reasons() throws {
        let errors = (1...3).map {
            ExtendedDNSError(.init(rawValue: UInt16($0)), text: String(repeating: "x", count: 300))
        }
        for hasEDNS in [true, false] {
            var bench = try SearchBench(edns: hasEDNS ? EDNS(udpPayloadSize: 1232) : nil)
            try bench.answer(
                from: 0,
                .refused,
                edns: EDNS(udpPayloadSize: 1232, options: errors.map(\.option))
            )
            try bench.answer(from: 1, .serverFailure)
            let message = try #require(bench.reply?.message)
            #expect(message.responseCode == .serverFailure)
            #expect(message.edns?.extendedErrors.map(\.code.rawValue) == (hasEDNS ? [1, 2] : nil))
            #expect(message.edns?.extendedErrors.allSatisfy { $0.text.count == 128 } ?? true)
        }
    }
}
