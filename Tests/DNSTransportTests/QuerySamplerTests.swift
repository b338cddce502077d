// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import DNSTransport

@Suite("Which queries are told")
struct QuerySamplerTests {
    @Test("off, nothing is looked at")
    func off() {
        let sampler = QuerySampler(QueryTapSettings(), seed: 1)
        #expect(sampler.left == .max && !sampler.wantsDurations)
    }

    @Test("one in one is all, and one in so many about as many", arguments: [1, 2, 10, 100])
    func shares(gap: Int) {
        var settings = QueryTapSettings()
        settings.logsOneIn = gap
        var sampler = QuerySampler(settings, seed: 7)
        var (told, passed) = (0, 0)
        while passed < 100_000 {
            sampler.skip(sampler.left)
            // What passed was subtracted: the next is told.
            #expect(sampler.left == 0)
            #expect(sampler.decide(code: 0, nanoseconds: 0) == .log)
            told += 1
            passed += sampler.left + 1
        }
        let wanted = 100_000 / gap
        #expect(told >= wanted * 9 / 10 && told <= wanted * 11 / 10 + 1)
    }

    @Test("failures and what is slow are told whatever is drawn")
    func always() {
        var settings = QueryTapSettings()
        settings.logsFailures = true
        settings.logsFrom = 1000
        var sampler = QuerySampler(settings, seed: 3)
        #expect(sampler.left == 0 && sampler.wantsDurations)
        #expect(sampler.decide(code: 0, nanoseconds: 999) == [])
        #expect(sampler.decide(code: 3, nanoseconds: 0) == [])
        #expect(sampler.decide(code: 2, nanoseconds: 0) == .log)
        #expect(sampler.decide(code: 5, nanoseconds: 0) == .log)
        #expect(sampler.decide(code: 0, nanoseconds: 1000) == .log)
    }

    @Test("samples stand for all queries since the last one that was taken")
    func weights() {
        var settings = QueryTapSettings()
        settings.samples = true
        var sampler = QuerySampler(settings, seed: 5)
        var (sum, count, lost) = (0, 0, 0)
        for number in 0..<50_000 where sampler.decide(code: 0, nanoseconds: 0).contains(.sample) {
            // One in five finds no room.
            if number % 5 == 0 {
                sampler.noteLost()
                lost += 1
            } else {
                sum += sampler.unsampled
                count += 1
                sampler.noteSampled(oneIn: 10)
            }
        }
        #expect(sum + sampler.unsampled == 50_000)
        #expect(lost > 0 && count > 10)
    }
}

@Suite("Ring of what is told")
struct TapRingTests {
    private func push(_ ring: TapRing, _ name: [UInt8], port: UInt16) -> Bool {
        unsafe name.withUnsafeBytes { octets in
            guard let start = octets.baseAddress else { return false }
            var record = unsafe TapRecord(reply: UnsafeRawBufferPointer(start: start, count: 0))
            record.port = port
            record.nameLength = UInt8(name.count)
            return unsafe ring.push(record, name: start)
        }
    }

    @Test("gives back what was pushed, in order, and refuses what is too much")
    func order() {
        let ring = TapRing()
        let name = [UInt8](repeating: 7, count: 255)
        for number in 0..<TapRing.capacity { #expect(push(ring, name, port: UInt16(number))) }
        #expect(!push(ring, [0], port: 9999))
        #expect(ring.pop()?.port == 0)
        #expect(push(ring, [1, 65, 0], port: 9999))
        for number in 1..<TapRing.capacity {
            let query = ring.pop()
            #expect(query?.port == UInt16(number) && query?.name == name)
        }
        #expect(ring.pop()?.name == [1, 65, 0])
        #expect(ring.pop() == nil)
    }

    @Test(
        "octets that are no whole question have no name, and are read no further than they go",
        arguments: [[UInt8]](
            [
                [], [0, 1], Array(repeating: 0, count: 12),
                [0, 0, 0x80, 2, 0, 1, 0, 0, 0, 0, 0, 0],
                [0, 0, 0x80, 2, 0, 1, 0, 0, 0, 0, 0, 0, 3, 65, 65],
                [0, 0, 0x80, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1],
                [0, 0, 0x80, 2, 0, 1, 0, 0, 0, 0, 0, 0] + Array(repeating: 63, count: 400),
            ]
        )
    )
    func odd(octets: [UInt8]) {
        let record = unsafe octets.withUnsafeBytes { unsafe TapRecord(reply: $0) }
        #expect(record.nameLength == 0 && record.type == 0)
        #expect(unsafe octets.withUnsafeBytes { unsafe TapRecord.questionType($0) } == 0)
    }
}
