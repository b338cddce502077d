// SPDX-License-Identifier: Apache-2.0

import CLDNS
import Testing

@testable import ZoneFiles

@Suite("Memory of libldns")
struct MemoryTests {
    /// Texts as `RecordText` writes them, and texts that libldns refuses on different paths.
    static let texts = [
        ". 0 IN A 192.0.2.1", ". 0 IN TXT \"a\" \"b\"", ". 0 IN MX 10 a.b.",
        ". 0 IN CAA 0 issue \"x\"",
        ". 0 IN HTTPS 1 . alpn=h2 port=1", ". 0 IN LOC 52 22 23.000 N 4 53 32.000 E -2.00m",
        ". 0 IN A 192.0.2", ". 0 IN MX 10", ". 0 IN A 192.0.2.1 x", ". 0 IN HTTPS 1 . port=x",
        ". 0 IN LOC bogus", ". 0 IN DNSKEY 257 3 8 !", ". 0 IN TXT", ". 0 IN DS 1 8 2 xy",
    ]

    @Test("a hundred thousand records, right and wrong, leave allocated memory flat")
    func flat() async {
        // In a process of its own: nothing else allocates there.
        await #expect(processExitsWith: .success) {
            func work(_ rounds: Int) {
                for _ in 0..<rounds {
                    for text in MemoryTests.texts {
                        if let wire = try? LibLDNS.encode(recordText: text) {
                            _ = try? LibLDNS.print(recordWire: wire)
                            _ = try? LibLDNS.print(recordWire: Array(wire.dropLast()))
                        }
                    }
                }
            }
            work(100)
            let before = waypost_allocated_octets()
            precondition(before > 0, "the allocator counts nothing")
            work(7_000)
            // The smallest leak there can be, 16 octets on one path, would be 109 KiB.
            let grown = Int(waypost_allocated_octets()) - Int(before)
            precondition(grown < 32 << 10, "\(grown) octets were not freed")
        }
    }
}
