// SPDX-License-Identifier: Apache-2.0
import CSockets
import DNSWire
import Testing

@testable import DNSTransport

@Suite("Hand-over ring")
struct HandoverRingTests {
    private func push(_ ring: HandoverRing, _ octets: [UInt8], since: UInt64 = 0) -> Bool {
        var peer = csockets_peer()
        peer.address_length = UInt32(octets.count)
        return unsafe octets.withUnsafeBytes { octets in
            guard let start = octets.baseAddress else { return false }
            return unsafe ring.push(start, length: octets.count, peer: peer, since: since)
        }
    }

    @Test("gives back what was pushed, in order")
    func order() {
        let ring = HandoverRing()
        #expect(ring.isEmpty)
        #expect(push(ring, [1, 2, 3], since: 5))
        #expect(push(ring, [4], since: 6))
        #expect(!ring.isEmpty)
        let first = ring.pop()
        #expect(first?.octets == [1, 2, 3])
        #expect(first?.since == 5)
        #expect(first?.peer.address_length == 3)
        #expect(ring.pop()?.octets == [4])
        #expect(ring.pop() == nil)
    }

    @Test("refuses the 257th, and takes one more for each that was popped")
    func full() {
        let ring = HandoverRing()
        for number in 0..<256 { #expect(push(ring, [UInt8(number)])) }
        #expect(!push(ring, [1]))
        #expect(ring.pop()?.octets == [0])
        #expect(push(ring, [9]))
        #expect(!push(ring, [1]))
        for number in 1..<256 { #expect(ring.pop()?.octets == [UInt8(number)]) }
        #expect(ring.pop()?.octets == [9])
        #expect(ring.isEmpty)
    }

    @Test("takes the longest datagram and refuses a longer one")
    func longest() {
        let ring = HandoverRing()
        #expect(push(ring, Array(repeating: 7, count: 4096)))
        #expect(!push(ring, Array(repeating: 7, count: 4097)))
        #expect(ring.pop()?.octets.count == 4096)
    }

    @Test("one thread pushes while another pops: all arrive once, in order")
    func threads() throws {
        let ring = HandoverRing()
        let alarm = try Alarm()
        let count: UInt64 = 50_000
        let producer = try DNSThread(name: "producer") {
            var number: UInt64 = 0
            while number < count {
                let octets = [UInt8](repeating: UInt8(number & 255), count: Int(number % 60) + 1)
                if push(ring, octets, since: number) { number += 1 }
                alarm.wake()
            }
        }
        var next: UInt64 = 0
        while next < count {
            guard let item = ring.pop() else {
                alarm.sleep { !ring.isEmpty }
                continue
            }
            let isRight =
                item.since == next && item.octets.count == Int(next % 60) + 1
                && item.octets.allSatisfy { $0 == UInt8(next & 255) }
            if !isRight { Issue.record("item \(next) is wrong") }
            next += 1
        }
        producer.join()
    }

    @Test("overflow: SERVFAIL with the question alone, RD, CD and opcode kept")
    func overflowReply() throws {
        let query = try Queries.octets("x.example.net", edns: .init(udpPayloadSize: 1232))
        var octets = query
        octets[3] |= 0x10
        let length = unsafe octets.withUnsafeMutableBytes { unsafe OverflowReply.write(over: $0) }
        #expect(length == query.count - 11)
        #expect(Array(octets[..<12]) == [0x12, 0x34, 0x81, 0x12, 0, 1, 0, 0, 0, 0, 0, 0])
        #expect(octets[12..<length] == query[12..<length])
    }

    @Test(
        "overflow: header alone for a question that is not whole, silence for replies",
        arguments: [
            ([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 5], 12),
            ([0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0], 12),
            ([0, 1, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1], 0), ([0, 1, 0, 0, 0], 0),
            ([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1], 17),
        ] as [([UInt8], Int)]
    )
    func overflowEdges(octets: [UInt8], expected: Int) {
        var octets = octets
        let length = unsafe octets.withUnsafeMutableBytes { unsafe OverflowReply.write(over: $0) }
        #expect(length == expected)
    }
}
