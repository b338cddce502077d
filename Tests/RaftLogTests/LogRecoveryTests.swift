// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import RaftLog

@Suite("Recovery of the log")
struct LogRecoveryTests {
    @Test("what was appended comes back, over many segments and starts")
    func roundTrip() throws {
        let directory = MemoryDirectory()
        var writer = try LogBench.begin(directory)
        var expected: [String] = []
        for start in 0..<5 {
            for number in 0..<7 {
                let texts = (0...number).map { "\(start)-\(number)-\($0)" }
                _ = try writer.append(texts.map { Array($0.utf8) })
                expected += texts
                if number == 3 { try writer.seal() }
            }
            let (commands, end) = try LogBench.recover(directory)
            #expect(commands == expected)
            #expect(end.lastIndex == UInt64(expected.count) && end.tornOctets == 0)
            #expect(end == writer.end)
            writer = try LogWriter(directory, LogBench.identity, LogBench.layout, end: end)
        }
        #expect(try LogBench.segments(directory).count > 5)
    }

    @Test("of a torn batch nothing counts, wherever it is torn, and the log goes on from there")
    func tornAtEveryOctet() throws {
        let directory = MemoryDirectory()
        var writer = try LogBench.begin(directory)
        try writer.append(texts: "one", "two")
        let before = directory.copy()
        let name = try #require(try LogBench.segments(directory).first)
        let place = writer.end.offset
        try writer.append(texts: "three", "four")
        let after = directory[name]
        let last = try #require(after.lastIndex { $0 != 0 })
        for length in 0...(last + 1 - place) {
            let torn = before.copy()
            var octets = before[name]
            octets.replaceSubrange(
                place..<(place + length),
                with: after[place..<(place + length)]
            )
            torn[name] = octets
            let isWhole = length == last + 1 - place
            let (commands, end) = try LogBench.recover(torn)
            #expect(commands.count == (isWhole ? 4 : 2), "\(length) octets")
            #expect((end.tornOctets > 0) == (length > 0 && !isWhole), "\(length) octets")
            if !isWhole { #expect(torn[name] == before[name], "\(length) octets") }
            var next = try LogWriter(torn, LogBench.identity, LogBench.layout, end: end)
            try next.append(texts: "five")
            #expect(try LogBench.recover(torn).commands.last == "five")
        }
    }

    @Test("of a batch of many blocks any subset may have been written")
    func everySubsetOfBlocks() throws {
        let directory = MemoryDirectory()
        var writer = try LogBench.begin(directory)
        try writer.append(texts: "one")
        let before = directory.copy()
        let name = try #require(try LogBench.segments(directory).first)
        let place = writer.end.offset
        try writer.append(texts: String(repeating: "x", count: 3 * 4096))
        let after = directory[name]
        for subset in 0..<16 {
            var octets = before[name]
            for block in 0..<4 where subset & 1 << block != 0 {
                let range = (place + block * 4096)..<(place + (block + 1) * 4096)
                octets.replaceSubrange(range, with: after[range])
            }
            let torn = before.copy()
            torn[name] = octets
            #expect(try LogBench.recover(torn).commands.count == (subset == 15 ? 2 : 1))
        }
    }

    @Test("a flipped bit in what was acknowledged is refused with file and place")
    func rot() throws {
        let directory = MemoryDirectory()
        var writer = try LogBench.begin(directory)
        try writer.append(texts: "one", "two")
        try writer.append(texts: "three")
        try writer.seal()
        let name = try #require(try LogBench.segments(directory).first)
        let octets = directory[name]
        for place in octets.indices where octets[place] != 0 || place % 509 == 0 {
            var generator = SplitMix64(seed: UInt64(place))
            let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &generator)
            let rotten = directory.copy()
            rotten[name][place] ^= bit
            let batch = place / 4096
            let isContent = place % 4096 < BatchHeader.length || octets[place] != 0
            do {
                let commands = try LogBench.recover(rotten).commands
                // Padding tells nothing; the seal may be torn, all before it is whole.
                #expect(commands == ["one", "two", "three"], "octet \(place)")
                #expect(!isContent || batch >= 3, "octet \(place)")
            } catch {
                #expect(isContent && batch < 3, "octet \(place)")
                #expect(error.kind == .damaged, "octet \(place)")
                #expect(error.path == "/log/\(name)" && error.offset == batch * 4096)
                #expect(error.message.contains("octet \(batch * 4096)"))
            }
        }
    }

    @Test("damage at the end of a segment that has a successor is refused")
    func rotBeforeNextSegment() throws {
        let directory = MemoryDirectory()
        var writer = try LogBench.begin(directory)
        while try LogBench.segments(directory).count < 2 { try writer.append(texts: "x") }
        let first = try LogBench.segments(directory)[0]
        let octets = directory[first]
        let last = try #require(octets.lastIndex { $0 != 0 })
        directory[first][last] ^= 1
        #expect(throws: LogProblem.self) { try LogBench.recover(directory) }
        // Even where the octets are simply gone.
        directory[first] = octets
        directory[first].replaceSubrange(
            (last / 4096 * 4096)...,
            with: repeatElement(0, count: octets.count - last / 4096 * 4096)
        )
        let problem = #expect(throws: LogProblem.self) { try LogBench.recover(directory) }
        #expect(problem?.kind == .gap)
    }

    @Test("a missing segment is a gap, none at all too; a segment of zeros is the end")
    func gaps() throws {
        let directory = MemoryDirectory()
        var writer = try LogBench.begin(directory)
        while try LogBench.segments(directory).count < 4 { try writer.append(texts: "x") }
        let names = try LogBench.segments(directory)
        let without = directory.copy()
        try without.remove(names[1])
        let problem = #expect(throws: LogProblem.self) { try LogBench.recover(without) }
        #expect(problem?.kind == .gap && problem?.path == "/log/\(names[2])")
        #expect(throws: LogProblem.self) { try LogBench.recover(MemoryDirectory()) }

        let (commands, end) = try LogBench.recover(directory)
        let fresh = SegmentName(sequence: 5, first: end.lastIndex + 1)
        directory[fresh.text] = [UInt8](repeating: 0, count: LogBench.layout.segmentSize)
        directory[SegmentName.next] = [1, 2, 3]
        let again = try LogBench.recover(directory)
        #expect(again.commands == commands && again.end.segment == fresh)
        #expect(try !directory.names().contains(SegmentName.next))
        var next = try LogWriter(directory, LogBench.identity, LogBench.layout, end: again.end)
        try next.append(texts: "more")
        #expect(try LogBench.recover(directory).commands == commands + ["more"])
    }

    @Test(
        "a segment that is shorter than it was made has lost something: refused, wherever it ends"
    )
    func shortened() throws {
        let directory = MemoryDirectory()
        var writer = try LogBench.begin(directory)
        while try LogBench.segments(directory).count < 2 { try writer.append(texts: "x") }
        for name in try LogBench.segments(directory) {
            for size in [0, 1, 4096, 2 * 4096, LogBench.layout.segmentSize - 1] {
                let short = directory.copy()
                short[name] = Array(directory[name][..<size])
                let problem = #expect(throws: LogProblem.self) { try LogBench.recover(short) }
                #expect(problem?.kind == .damaged && problem?.path == "/log/\(name)")
                #expect(problem?.message.contains("has \(size) octets") == true)
                #expect(problem?.message.contains("restore data_dir") == true)
            }
        }
        // A first start that was cut short has made the segment whole.
        let fresh = MemoryDirectory()
        _ = try SegmentMaker.makeFirst(in: fresh, size: LogBench.layout.segmentSize)
        #expect(try LogBench.recover(fresh).commands.isEmpty)
    }

    @Test("a segment can be missing in front when a snapshot stands for it")
    func removed() throws {
        let directory = MemoryDirectory()
        var writer = try LogBench.begin(directory)
        while try LogBench.segments(directory).count < 4 { try writer.append(texts: "x") }
        let names = try LogBench.segments(directory).compactMap { SegmentName($0) }
        let count = try SegmentMaker.removeSegments(in: directory, below: names[2].first)
        #expect(count == 2)
        var indexes: [UInt64] = []
        let end = try LogRecovery.recover(
            directory,
            LogBench.identity,
            segmentSize: LogBench.layout.segmentSize
        ) { record in
            if case .entry(_, _, let index, _) = record { indexes.append(index) }
        }
        #expect(indexes == Array(names[2].first...writer.end.lastIndex))
        #expect(end.firstIndex == names[2].first)
        // The last one stays, whatever the index.
        try SegmentMaker.removeSegments(in: directory, below: .max)
        #expect(try LogBench.segments(directory) == [names[3].text])
    }

    @Test("a value that looks like a batch is none")
    func lookalike() throws {
        let directory = MemoryDirectory()
        var writer = try LogBench.begin(directory)
        let stranger = BatchHeader(
            segment: 1,
            number: 3,
            bodyLength: 0,
            recordCount: 0,
            previous: 0,
            body: 0
        ).encoded(salt: [UInt8](repeating: 0, count: 16)).octets
        // So long that it stands at the begin of a block.
        let place = 4096 - BatchHeader.length - LogRecord.headLength
        let value = [UInt8](repeating: 1, count: place) + stranger
        let before = directory.copy()
        _ = try writer.append([value])
        let name = try #require(try LogBench.segments(directory).first)
        let torn = before.copy()
        var octets = directory[name]
        octets[4096] = 0
        #expect(Array(octets[8192..<(8192 + stranger.count)]) == stranger)
        torn[name] = octets
        #expect(try LogBench.recover(torn).commands.isEmpty)
    }
}
