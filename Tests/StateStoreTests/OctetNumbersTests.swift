// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import StateStore

@Suite("Numbers of keys")
struct OctetNumbersTests {
    @Test(
        "they are given in the order in which keys first come, whatever is expected next",
        arguments: 1...6
    )
    func areInOrder(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let keys = (0..<400).map { number -> [UInt8] in
            // Few octets, so that keys begin alike, are parts of each other, and one is empty.
            number == 0 ? [] : Array("\(number % 2 == 0 ? "k" : "kk")\(number)".utf8)
        }
        var numbers = OctetNumbers()
        var expected: [[UInt8]: Int] = [:]
        var start = 0
        for _ in 0..<200 {
            // Mostly one after the other, as rows come, sometimes from elsewhere on.
            start = Int.random(in: 0..<keys.count, using: &generator)
            let step = Int.random(in: 1...3, using: &generator)
            for place in stride(from: start, to: min(keys.count, start + 40), by: step) {
                let key = keys[place]
                let source = [7] + key + [8]
                let middle = Int.random(in: 1...(1 + key.count), using: &generator)
                let found = numbers.number(of: source, 1..<middle, middle..<(1 + key.count))
                #expect(found.isNew == (expected[key] == nil))
                #expect(found.number == expected[key, default: expected.count])
                expected[key] = found.number
            }
        }
        #expect(numbers.count == expected.count)
        for (key, number) in expected {
            #expect(numbers.find(String(decoding: key, as: UTF8.self)) == number)
        }
        #expect(numbers.find("none") == nil)
    }
}
