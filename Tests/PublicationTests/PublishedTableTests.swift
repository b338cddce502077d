// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import Publication

@Suite("A published table holds what a dictionary holds")
struct PublishedTableTests {
    @Test("through growth, replacement and tombstones", arguments: [1, 2, 3, 4] as [UInt64])
    func model(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let table = PublishedTable(seed: seed, capacity: 8)
        let reader = table.makeReader()
        table.poisonsFreedMemory = true
        var model: [[UInt8]: UInt64] = [:]
        let names = 40 * Int(seed * seed) + 3
        for step in 0..<6000 {
            let number = Int.random(in: 0..<names, using: &random)
            let key = Self.key(number)
            if Int.random(in: 0..<100, using: &random) < 55 {
                let value = random.next()
                table.store(key, value: value)
                model[key] = value
            } else {
                let wasThere = table.drop(key)
                #expect(wasThere == (model.removeValue(forKey: key) != nil))
            }
            if step % 3 == 0 { table.publish() }
            if step % 97 == 0 { Self.expect(reader, names, model) }
        }
        table.publish()
        Self.expect(reader, names, model)
        #expect(table.count == model.count)
        #expect(table.retiredOctets == 0)
        var visited = 0
        table.forEachEntry { _ in visited += 1 }
        #expect(visited == model.count)
        table.empty()
    }

    private static func expect(
        _ reader: ViewReader,
        _ names: Int,
        _ model: [[UInt8]: UInt64]
    ) {
        reader.enter()
        defer { reader.leave() }
        for number in 0..<names {
            let key = key(number)
            #expect(reader.find(key)?.value == model[key])
        }
    }

    /// Keys of many lengths, some of which are prefixes of others.
    private static func key(_ number: Int) -> [UInt8] {
        [UInt8](repeating: 7, count: number % 21) + Array("\(number)".utf8)
    }

    @Test("keys that differ in kind or in trailing zeros are different")
    func kinds() {
        let table = PublishedTable(seed: 5)
        table.store([1, 2, 3], value: 1)
        table.store([1, 2, 3, 0], value: 2)
        #expect(table.find([1, 2, 3])?.value == 1)
        #expect(table.find([1, 2, 3, 0])?.value == 2)
        #expect(table.find([1, 2]) == nil)
        let other = OwnedKey([1, 2, 3]).withKey { table.find(kind: 2, key: $0)?.kind }
        #expect(other == nil)
        table.empty()
    }

    @Test("entries are replaced in place, while the table grows too", arguments: [1, 2, 3])
    func replaces(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let table = PublishedTable(seed: seed, capacity: 8)
        let reader = table.makeReader()
        table.poisonsFreedMemory = true
        var model: [[UInt8]: UInt64] = [:]
        for step in 0..<3000 {
            let key = Self.key(Int.random(in: 0...step / 3, using: &random))
            let value = random.next()
            if let old = table.find(key) {
                table.replace(old, with: .sample(key, value: value, seed: seed))
                table.retire(old)
            } else {
                table.store(key, value: value)
            }
            model[key] = value
            if step % 5 == 0 { table.publish() }
            if step % 97 == 0 { Self.expect(reader, step / 3 + 1, model) }
        }
        table.publish()
        Self.expect(reader, 1000, model)
        #expect(table.count == model.count)
        table.empty()
    }

    @Test("a table that only replaces and removes names does not grow without end")
    func churn() {
        let table = PublishedTable(seed: 9, capacity: 64)
        for round in 0..<20_000 {
            table.store(Array("name-\(round)".utf8), value: UInt64(round))
            if round >= 8 { #expect(table.drop(Array("name-\(round - 8)".utf8))) }
            table.publish()
        }
        #expect(table.count == 8)
        #expect(table.current.capacity <= 128, "\(table.current.capacity) slots for 8 names")
        table.empty()
    }

    @Test("numbers lead to their entries and are not given again while a reader may hold them")
    func numbers() throws {
        let table = PublishedTable(seed: 1)
        let reader = table.makeReader()
        let first = try #require(table.insertNumbered(.sample([1], value: 10, seed: 1)))
        let second = try #require(table.insertNumbered(.sample([2], value: 20, seed: 1)))
        #expect(first != second)
        reader.enter()
        let pages = unsafe reader.root.pointee.pages
        #expect(pages[first].value == 10)
        let old = table.replaceNumbered(first, with: .sample([1], value: 11, seed: 1))
        #expect(old?.value == 10)
        if let old { table.retire(old) }
        table.retireNumbered(second)
        table.publish()
        // The reader is still inside: the entry stays, and nobody else has the number.
        #expect(pages[second].value == 20)
        let third = try #require(table.insertNumbered(.sample([3], value: 30, seed: 1)))
        #expect(third != second)
        reader.leave()
        table.publish()
        let fourth = try #require(table.insertNumbered(.sample([4], value: 40, seed: 1)))
        #expect(fourth == second)
        for number in [first, third, fourth] { table.retireNumbered(number) }
    }

    @Test("numbers fill page after page")
    func pages() throws {
        let table = PublishedTable(seed: 1)
        let count = 2 * EntryPages.slotsPerPage + 5
        for value in 0..<count {
            let number = table.insertNumbered(.sample([], value: UInt64(value), seed: 1))
            #expect(number == UInt32(value))
        }
        let pages = unsafe table.root.pointee.pages
        for value in stride(from: 0, to: count, by: 511) {
            #expect(pages[UInt32(value)].value == UInt64(value))
        }
        for value in 0..<count { table.retireNumbered(UInt32(value)) }
    }
}
