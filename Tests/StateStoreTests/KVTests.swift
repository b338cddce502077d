// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import StateStore

@Suite("Keys and values")
struct KVTests {
    private static func text(_ value: [UInt8]?) -> String? {
        value.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("a write sets value and flags, and says so by its indexes")
    func writes() throws {
        var catalog = Catalog()
        try catalog.put("a", "1", flags: 42)
        let first = catalog.index
        var row = try #require(catalog.store.entry("a").value)
        #expect(Self.text(row.value) == "1" && row.flags == 42 && row.lockIndex == 0)
        #expect(row.createIndex == first && row.modifyIndex == first)
        try catalog.put("a", "2")
        row = try #require(catalog.store.entry("a").value)
        #expect(Self.text(row.value) == "2" && row.flags == 0)
        #expect(row.createIndex == first && row.modifyIndex == catalog.index)
    }

    @Test("API-042 a write of what is there changes nothing and wakes nobody")
    func sameValue() throws {
        var catalog = Catalog()
        try catalog.put("a", "1")
        let index = catalog.index
        #expect(try catalog.put("a", "1").isEmpty)
        #expect(catalog.store.entry("a").index == index)
        #expect(try !catalog.put("a", "1", flags: 1).isEmpty)
    }

    @Test("cas writes at the index it was given, 0 asks for absence; delete-cas alike")
    func cas() throws {
        var catalog = Catalog()
        try catalog.cas("a", "1", at: 0)
        let index = catalog.index.rawValue
        for other in [0, index - 1, index + 1, .max] {
            #expect(throws: CommandRefusal.indexMismatch) {
                try catalog.cas("a", "2", at: other)
            }
            #expect(throws: CommandRefusal.indexMismatch) {
                try catalog.deleteCAS("a", at: other)
            }
        }
        try catalog.cas("a", "2", at: index)
        #expect(throws: CommandRefusal.indexMismatch) { try catalog.cas("b", "1", at: 7) }
        try catalog.deleteCAS("a", at: catalog.store.entry("a").index.rawValue)
        #expect(catalog.store.entry("a").value == nil)
        // What is not there is gone already.
        #expect(try catalog.deleteCAS("a", at: 5).isEmpty)
    }

    @Test("keys are cut at the separator behind the prefix, once each")
    func separator() throws {
        var catalog = Catalog()
        for key in ["a", "a/b/1", "a/b/2", "a/c", "a//d", "a/b", "b/x"] { try catalog.put(key, "") }
        func keys(_ prefix: String, _ separator: String) -> [String] {
            catalog.store.keys(prefix: prefix, separator: separator).value
        }
        #expect(keys("", "") == ["a", "a//d", "a/b", "a/b/1", "a/b/2", "a/c", "b/x"])
        #expect(keys("", "/") == ["a", "a/", "b/"])
        #expect(keys("a/", "/") == ["a//", "a/b", "a/b/", "a/c"])
        #expect(keys("a/b", "/") == ["a/b", "a/b/"])
        #expect(keys("a", "/b") == ["a", "a//d", "a/b", "a/c"])
        #expect(keys("z", "/") == [])
        #expect(keys("a/b/1", "longer than the key") == ["a/b/1"])
    }

    @Test("keys are octets: texts that look alike are different keys")
    func octets() throws {
        var catalog = Catalog()
        try catalog.put("caf\u{e9}", "1")
        try catalog.put("cafe\u{301}", "2")
        #expect(Self.text(catalog.store.entry("caf\u{e9}").value?.value) == "1")
        #expect(Self.text(catalog.store.entry("cafe\u{301}").value?.value) == "2")
        try catalog.put("nul\0l", "3")
        #expect(Self.text(catalog.store.entry("nul\0l").value?.value) == "3")
        #expect(catalog.store.entries(prefix: "").value.count == 3)
    }

    @Test("a key that is empty is refused; one that is too long can be removed")
    func limits() throws {
        var catalog = Catalog()
        #expect(throws: CommandRefusal.invalid("Must provide key")) { try catalog.put("", "") }
        let long = String(repeating: "k", count: 1025)
        #expect(try catalog.apply(.kv(KVOperation(.delete, long))).isEmpty)
        #expect(try catalog.apply(.kv(KVOperation(.deleteTree, long))).isEmpty)
    }

    @Test("a write wakes readers of its key and of each prefix, and no one else")
    func topics() throws {
        var catalog = Catalog()
        try catalog.put("a/b", "1")
        let changes = try catalog.put("a/b", "2")
        func wakes(_ topics: [WatchTopic]) -> Bool {
            topics.contains { changes.topics.contains($0) }
        }
        for prefix in ["", "a", "a/", "a/b"] {
            #expect(wakes(catalog.store.entries(prefix: prefix).topics))
            #expect(wakes(catalog.store.keys(prefix: prefix).topics))
        }
        #expect(wakes(catalog.store.entry("a/b").topics))
        for key in ["", "a", "a/", "a/b/", "a/bc", "b", "/a"] {
            #expect(!wakes(catalog.store.entry(key).topics))
        }
        for prefix in ["a/b/", "b", "/", "a/c"] {
            #expect(!wakes(catalog.store.entries(prefix: prefix).topics))
        }
        #expect(changes.services.isEmpty && changes.nodes.isEmpty && !changes.isEverything)
    }

    @Test("many keys at once wake every reader of keys, by one topic")
    func manyKeys() throws {
        var catalog = Catalog()
        for number in 0...StateStore.namedKeysLimit { try catalog.put("t/\(number)", "") }
        let changes = try catalog.apply(.kv(KVOperation(.deleteTree, "t/")))
        #expect(changes.topics == [.manyKeys])
        #expect(catalog.store.entry("t/1").topics.contains(.manyKeys))
        #expect(catalog.store.entries(prefix: "t/").topics.contains(.manyKeys))
        #expect(catalog.store.entries(prefix: "t/").index == catalog.index)
    }

    @Test("agrees with a plain model after every one of many random operations", arguments: 1...6)
    func model(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        var catalog = Catalog()
        var model: [String: KVRow] = [:]
        let names = ["", "a", "b", "/"]
        func key() -> String {
            (0..<Int.random(in: 1...4, using: &generator))
                .map { _ in names.randomElement(using: &generator) ?? "" }.joined()
        }
        var seen: [String: UInt64] = [:]
        for step in 0..<1500 {
            let name = key()
            let value = Array("\(Int.random(in: 0..<3, using: &generator))".utf8)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5 where !name.isEmpty:
                try catalog.apply(.kv(KVOperation(.set, name, value: value)))
                var row = model[name] ?? KVRow(key: name, createIndex: catalog.index)
                if row.value != value || row.modifyIndex == .zero {
                    row.value = value
                    row.modifyIndex = catalog.index
                }
                model[name] = row
            case 5..<8 where !name.isEmpty:
                try catalog.apply(.kv(KVOperation(.delete, name)))
                model[name] = nil
            default:
                guard step.isMultiple(of: 4) else { continue }
                try catalog.apply(.kv(KVOperation(.deleteTree, name)))
                model = model.filter { !$0.key.hasPrefix(name) }
            }
            let sorted = model.values.sorted {
                $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
            }
            for prefix in ["", "a", "b", "a/", "ab", "/", "aa", "ba"] {
                let read = catalog.store.entries(prefix: prefix)
                #expect(read.value == sorted.filter { $0.key.hasPrefix(prefix) })
                #expect(read.index >= read.value.map(\.modifyIndex).max() ?? .zero)
                // API-064: it never goes back.
                #expect(read.index.rawValue >= seen[prefix] ?? 0)
                seen[prefix] = read.index.rawValue
                #expect(catalog.store.keys(prefix: prefix).index == read.index)
            }
        }
    }

    @Test("the index of a prefix goes up when its last key goes, and only then")
    func tombstones() throws {
        var catalog = Catalog()
        try catalog.put("p/a", "1")
        try catalog.put("p/b", "1")
        try catalog.put("q/a", "1")
        try catalog.apply(.kv(KVOperation(.delete, "p/b")))
        let gone = catalog.index
        try catalog.put("q/b", "1")
        #expect(catalog.store.entries(prefix: "p/").index == gone)
        try catalog.apply(.kv(KVOperation(.deleteTree, "p/")))
        let all = catalog.index
        try catalog.put("q/c", "1")
        #expect(catalog.store.entries(prefix: "p/").index == all)
        #expect(catalog.store.entries(prefix: "").index == catalog.index)
        #expect(catalog.store.entry("p/a").index == catalog.index)
    }

    @Test("old tombstones are forgotten, and still no index goes back")
    func forgetting() {
        var graveyard = Graveyard()
        let count = Graveyard.limit + 1
        for number in 1...count {
            let key = Array("k\(number)".utf8)
            graveyard.bury(key, at: RaftIndex(rawValue: UInt64(number)))
        }
        #expect(graveyard.stones.count == count - Graveyard.limit / 2)
        #expect(graveyard.forgotten.rawValue == UInt64(Graveyard.limit / 2))
        #expect(graveyard.index(ofPrefix: Array("k1".utf8)) == .zero)
        #expect(graveyard.index(ofPrefix: Array("k4".utf8)).rawValue == 49_999)
    }

    @Test("what was forgotten counts for every prefix that has something")
    func forgotten() throws {
        var catalog = Catalog()
        try catalog.put("p/a", "1")
        try catalog.put("q/a", "1")
        catalog.store.kvTable.graveyard.restore(forgotten: catalog.index)
        #expect(catalog.store.entries(prefix: "p/").index == catalog.index)
        #expect(catalog.store.entry("p/a").index < catalog.index)
    }
}

extension Catalog {
    /// Writes a key.
    @discardableResult
    mutating func put(
        _ key: String,
        _ value: String,
        flags: UInt64 = 0
    ) throws(CommandRefusal) -> Changes {
        try apply(.kv(KVOperation(.set, key, value: Array(value.utf8), flags: flags)))
    }

    /// Writes a key that was changed last at an index.
    @discardableResult
    mutating func cas(
        _ key: String,
        _ value: String,
        at index: UInt64
    ) throws(CommandRefusal) -> Changes {
        let index = RaftIndex(rawValue: index)
        return try apply(.kv(KVOperation(.cas, key, value: Array(value.utf8), index: index)))
    }

    /// Removes a key that was changed last at an index.
    @discardableResult
    mutating func deleteCAS(_ key: String, at index: UInt64) throws(CommandRefusal) -> Changes {
        try apply(.kv(KVOperation(.deleteCAS, key, index: RaftIndex(rawValue: index))))
    }
}
