// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import RaftLog

@Suite("CRC-32C")
struct ChecksumTests {
    @Test("the vectors of RFC 3720 B.4")
    func vectors() {
        #expect(Checksum.of([UInt8](repeating: 0, count: 32)[...]) == 0x8a91_36aa)
        #expect(Checksum.of([UInt8](repeating: 0xff, count: 32)[...]) == 0x62a8_ab43)
        #expect(Checksum.of(Array(UInt8(0)...31)[...]) == 0x46dd_794e)
        #expect(Checksum.of(Array("123456789".utf8)[...]) == 0xe306_9283)
        #expect(Checksum.of([]) == 0)
    }

    @Test("parts give what the whole gives, wherever it is cut")
    func parts() {
        let octets = (0..<100).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) }
        let whole = Checksum.of(octets[...])
        for cut in 0...octets.count {
            let first = Checksum.of(octets[..<cut])
            #expect(Checksum.of(octets[cut...], continuing: first) == whole)
        }
    }

    @Test("the processor's instruction and the tables agree, at every length and place")
    func instructionAndTables() {
        let octets = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* $0 &+ 7 &* $0) }
        for start in 0..<17 {
            for end in start...octets.count {
                var tables = Checksum(continuing: UInt32(start))
                tables.includeByTables(octets[start..<end])
                var either = Checksum(continuing: UInt32(start))
                either.include(octets[start..<end])
                #expect(either == tables)
            }
        }
    }
}
