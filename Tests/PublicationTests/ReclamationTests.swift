// SPDX-License-Identifier: Apache-2.0
import Synchronization
import TestSupport
import Testing

@testable import Publication

@Suite("Nothing is freed that a reader may hold")
struct ReclamationTests {
    /// What a reader does, step by step.
    enum ReaderStep: CaseIterable {
        case readEpoch, announce, load, use, leave
    }

    /// What the writer does, step by step: replace an entry, end the group, free.
    enum WriterStep: CaseIterable {
        case replace, advance, free
    }

    /// A table with one name, a reader and a writer that take turns in any order.
    ///
    /// Entries are retired and freed in order, so that whether an entry is freed can be told from
    /// the number freed, without touching it.
    final class Turns {
        private let table = PublishedTable(seed: 3, capacity: 8)
        private let reader: ViewReader
        private var stored: UInt64 = 0
        private var readEpoch: UInt64 = 0
        private var newEpoch: UInt64 = 0
        private var held: UInt64?
        private(set) var isBroken = false
        /// Whether the reader announces; the proof needs it.
        private let announces: Bool

        init(announces: Bool = true) {
            self.announces = announces
            table.poisonsFreedMemory = true
            reader = table.makeReader()
            table.store([1], value: 0)
        }

        deinit { table.empty() }

        func step(_ step: ReaderStep) {
            switch step {
            case .readEpoch: readEpoch = unsafe reader.root.pointee.epoch.load(ordering: .acquiring)
            case .announce: if announces { reader.announce(epoch: readEpoch) }
            case .load: held = reader.find([1])?.value
            case .use:
                // The entry with value n is the one that is freed as number n.
                if let held, table.freedCount > Int(held) { isBroken = true }
            case .leave:
                held = nil
                reader.leave()
            }
        }

        func step(_ step: WriterStep) {
            switch step {
            case .replace:
                stored += 1
                table.store([1], value: stored)
            case .advance: newEpoch = table.advanceEpoch()
            case .free: table.freeRetired(before: min(newEpoch, table.lowestAnnouncedEpoch))
            }
        }

        /// What is left to free when everybody is gone.
        var retiredOctets: Int {
            table.publish()
            return table.retiredOctets
        }
    }

    /// Runs every order in which the steps of both can be mixed; returns how many there were and
    /// how many of them broke the rule.
    static func run(looks: Int, groups: Int, announces: Bool = true) -> (all: Int, broken: Int) {
        let reader = Array([[ReaderStep]](repeating: ReaderStep.allCases, count: looks).joined())
        let writer = Array([[WriterStep]](repeating: WriterStep.allCases, count: groups).joined())
        let total = reader.count + writer.count
        var all = 0
        var broken = 0
        // A mixture is a choice of the places of the writer's steps.
        for places in 0..<(1 << total) where places.nonzeroBitCount == writer.count {
            let turns = Turns(announces: announces)
            var nextReader = 0
            var nextWriter = 0
            for place in 0..<total {
                if places >> place & 1 == 1 {
                    turns.step(writer[nextWriter])
                    nextWriter += 1
                } else {
                    turns.step(reader[nextReader])
                    nextReader += 1
                }
            }
            all += 1
            if turns.isBroken { broken += 1 }
            if turns.retiredOctets != 0 { broken += 1 }
        }
        return (all, broken)
    }

    @Test("in every order of two looks and two groups of changes")
    func twoLooks() {
        let result = Self.run(looks: 2, groups: 2)
        #expect(result.all == 8008)
        #expect(result.broken == 0)
    }

    @Test("in every order of one look and three groups of changes")
    func threeGroups() {
        let result = Self.run(looks: 1, groups: 3)
        #expect(result.all == 2002)
        #expect(result.broken == 0)
    }

    @Test("a reader that does not announce breaks it: the test can fail")
    func withoutAnnouncement() {
        #expect(Self.run(looks: 1, groups: 2, announces: false).broken > 0)
    }

    @Test("beside a writer at full speed that poisons what it frees")
    func threads() async {
        let table = PublishedTable(seed: 11, capacity: 16)
        table.poisonsFreedMemory = true
        let keys = (0..<200).map { Array("service-\($0)".utf8) }
        for key in keys { table.store(key, value: 1) }
        table.publish()
        let readers = [table.makeReader(), table.makeReader()]
        let broken = await withTaskGroup(of: Int.self) { group in
            for (number, reader) in readers.enumerated() {
                group.addTask { Self.look(reader, keys, seed: UInt64(number)) }
            }
            var random = SplitMix64(seed: 99)
            for round in 0..<60_000 {
                let key = keys[Int.random(in: 0..<keys.count, using: &random)]
                if random.next() % 4 == 0 {
                    _ = table.drop(key)
                } else {
                    table.store(key, value: UInt64(round))
                }
                if round % 3 == 0 { table.publish() }
            }
            return await group.reduce(0, +)
        }
        #expect(broken == 0)
        table.publish()
        #expect(table.retiredOctets == 0)
        #expect(table.freedCount > 30_000)
        table.empty()
    }

    /// Looks names up, a batch at a time; returns how many entries were not whole.
    private static func look(_ reader: ViewReader, _ keys: [[UInt8]], seed: UInt64) -> Int {
        var random = SplitMix64(seed: seed)
        var broken = 0
        for _ in 0..<4_000 {
            reader.enter()
            var found: [Entry] = []
            for _ in 0..<16 {
                let key = keys[Int.random(in: 0..<keys.count, using: &random)]
                if let entry = reader.find(key) { found.append(entry) }
            }
            for entry in found where entry.value == nil { broken += 1 }
            reader.leave()
        }
        return broken
    }

    @Test("memory is used again when no reader can hold it, and not before")
    func reuse() {
        let table = PublishedTable(seed: 3, capacity: 8)
        let reader = table.makeReader()
        let first = unsafe table.allocateReusable(1000)
        reader.enter()
        unsafe table.retireReusable(first, size: 1000)
        table.publish()
        let second = unsafe table.allocateReusable(1000)
        #expect(unsafe second != first)
        reader.leave()
        table.publish()
        let third = unsafe table.allocateReusable(993)
        #expect(unsafe third == first)
        unsafe table.retireReusable(second, size: 1000)
        unsafe table.retireReusable(third, size: 993)
        table.publish()
        #expect(table.retiredOctets == 0)
        #expect(table.spare.octets == 2048)
    }

    @Test("only so much memory is kept, and none of large pieces")
    func reuseIsBounded() {
        let table = PublishedTable(seed: 3, capacity: 8)
        for size in [16, 31, 32, 33, 1000, 4096, 100_000] {
            // Nobody reads: what is given back at the end of a group is used in the next.
            for round in 0..<100 {
                let piece = unsafe table.allocateReusable(size)
                unsafe piece.initializeMemory(as: UInt8.self, repeating: 0xee, count: size)
                unsafe table.retireReusable(piece, size: size)
                if round % 40 == 39 { table.publish() }
            }
            table.publish()
            #expect(table.spare.octets <= SpareMemory.most)
        }
        #expect(table.retiredOctets == 0)
    }
}
