// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import SnapshotArchive

@Suite("Archives of snapshots")
struct ArchiveTests {
    @Test("frames come back, however the archive is cut into parts")
    func roundTrip() throws {
        var generator = SplitMix64(seed: 7)
        for round in 0..<60 {
            let frames = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
                (0..<Int.random(in: 1...3000, using: &generator)).map { _ in
                    // Half of them can be compressed.
                    round % 2 == 0 ? UInt8.random(in: 0...255, using: &generator) : 7
                }
            }
            let archive = ArchiveBench.archive(
                frames,
                part: Int.random(in: 1...4000, using: &generator)
            )
            for part in [1, 511, 4096, archive.count] {
                let found = try ArchiveBench.read(archive, part: part)
                #expect(found.frames == frames)
                #expect(found.metadata.index == 42 && found.metadata.term == 1)
                #expect(found.metadata.id == "1-42-1700000000123")
                #expect(found.metadata.size == ArchiveBench.state(frames).count)
            }
        }
    }

    @Test("a large state that compresses well goes through in small parts")
    func large() throws {
        let frames = (0..<40).map { [UInt8](repeating: UInt8($0), count: 256 << 10) }
        let archive = ArchiveBench.archive(frames, part: 256 << 10)
        #expect(archive.count < 200_000)
        #expect(try ArchiveBench.read(archive, part: 1000).frames == frames)
    }

    @Test("every flipped bit is refused, or changes nothing that counts")
    func flippedBits() throws {
        let archive = ArchiveBench.archive()
        let expected = try ArchiveBench.read(archive)
        var harmless = 0
        for bit in 0..<(archive.count * 8) {
            var damaged = archive
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            do throws(ArchiveProblem) {
                let found = try ArchiveBench.read(damaged)
                #expect(found.frames == expected.frames && found.metadata == expected.metadata)
                harmless += 1
            } catch { #expect(!error.detail.isEmpty) }
        }
        // Time and system in the gzip header stand under no checksum, and zeros can be copied from
        // several places: all that comes out is the same.
        #expect(harmless < archive.count * 8 / 10, "\(harmless) bits make no difference")
    }

    @Test("every archive that ends too early is refused, and every one that ends too late")
    func length() throws {
        let archive = ArchiveBench.archive()
        for count in archive.indices {
            #expect(throws: ArchiveProblem.self, "\(count) octets") {
                try ArchiveBench.read(Array(archive[..<count]))
            }
        }
        for more in [[0], [0x1f], archive] as [[UInt8]] {
            for part in [1, archive.count, archive.count + 1, 3 * archive.count] {
                #expect(throws: ArchiveProblem.self) {
                    try ArchiveBench.read(archive + more, part: part)
                }
            }
        }
    }

    @Test(
        "every octet that is damaged in the tar, or is missing or doubled, is refused or harmless"
    )
    func damagedTar() throws {
        let state = ArchiveBench.state(ArchiveBench.frames)
        let files = [("meta.json", ArchiveBench.metadata(state)), ("state.bin", state)]
        let tar = try Self.decompressed(ArchiveBench.archive(of: files))
        let expected = try ArchiveBench.read(ArchiveBench.compressed(tar), part: 4096)
        for at in tar.indices {
            var flipped = tar
            flipped[at] ^= 0x41
            var shorter = tar
            shorter.remove(at: at)
            var longer = tar
            longer.insert(tar[at], at: at)
            for damaged in [flipped, shorter, longer] {
                do throws(ArchiveProblem) {
                    let found = try ArchiveBench.read(ArchiveBench.compressed(damaged), part: 4096)
                    #expect(found.frames == expected.frames && found.metadata == expected.metadata)
                } catch { #expect(!error.message.isEmpty) }
            }
        }
    }

    private static func decompressed(_ octets: [UInt8]) throws(ArchiveProblem) -> [UInt8] {
        let gzip = GzipReader()
        var output: [UInt8] = []
        try gzip.take(octets) { output += $0 }
        try gzip.finish()
        return output
    }

    @Test("what is wrong is said in Consul's words")
    func words() {
        let state = ArchiveBench.state(ArchiveBench.frames)
        let meta = ("meta.json", ArchiveBench.metadata(state))
        let file = ("state.bin", state)
        let newer = Array(
            #"{"Version":2,"ID":"x","Index":1,"Term":1,"Size":\#(state.count)}"#.utf8
        )
        let consul = [0x81, 0xa9] + Array("LastIndex".utf8) + [0x2a, 0, 0, 0, 0, 0, 0]
        let reading = "failed to read snapshot file: "
        let cases: [([UInt8], String)] = [
            ([], "failed to decompress snapshot: EOF"),
            (Array("garbage".utf8), "failed to decompress snapshot: gzip: invalid header"),
            (
                Array(ArchiveBench.archive().prefix(8)),
                "failed to decompress snapshot: unexpected EOF"
            ),
            (
                ArchiveBench.compressed(Array(repeating: 65, count: 600)),
                reading + "failed reading snapshot: archive/tar"
            ),
            (ArchiveBench.compressed([]), reading + "failed reading snapshot: unexpected EOF"),
            (
                ArchiveBench.archive(of: [meta, file, ("other", [1])]),
                reading + "unexpected file \"other\" in snapshot"
            ),
            (
                ArchiveBench.archive(of: [meta, file, file]),
                reading + "file \"state.bin\" stands in it twice"
            ),
            (
                ArchiveBench.archive(of: [meta]),
                reading + "failed checking integrity of snapshot: file missing for \"state.bin\""
            ),
            (
                ArchiveBench.archive(of: [meta, file], sums: ""),
                reading + "failed checking integrity of snapshot: file missing for \"meta.json\""
            ),
            (
                ArchiveBench.archive(of: [meta, file], sums: "00  meta.json\n00  state.bin\n"),
                reading
                    + "failed checking integrity of snapshot: hash check failed for \"meta.json\""
            ),
            (
                ArchiveBench.archive(of: [meta, file], sums: "00  else\n"),
                reading + "failed checking integrity of snapshot: list missing hash for \"else\""
            ),
            (
                ArchiveBench.archive(of: [("meta.json", Array("{".utf8)), file]),
                reading + "failed to decode snapshot metadata: it is no JSON"
            ),
            (
                ArchiveBench.archive(of: [("meta.json", Array("{\"Version\":1}".utf8)), file]),
                reading + "failed to decode snapshot metadata: ID is missing"
            ),
            (
                ArchiveBench.archive(of: [("meta.json", newer), file]),
                "failed to read the state of the snapshot: the archive has version 2"
            ),
            (
                ArchiveBench.archive(of: [
                    ("meta.json", ArchiveBench.metadata(consul)), ("state.bin", consul),
                ]),
                "failed to read the state of the snapshot: state.bin: Consul wrote it"
            ),
            (
                ArchiveBench.archive(of: [
                    ("meta.json", ArchiveBench.metadata([1])), ("state.bin", [1]),
                ]),
                "failed to read the state of the snapshot: state.bin: it ends too early"
            ),
            (
                ArchiveBench.archive(of: [("meta.json", ArchiveBench.metadata([1])), file]),
                reading + "failed checking integrity of snapshot: meta.json tells of 1 octets"
            ),
        ]
        for (octets, words) in cases {
            for part in [1, 7, 100_000] {
                let problem = #expect(throws: ArchiveProblem.self) {
                    try ArchiveBench.read(octets, part: part)
                }
                let message = problem?.message ?? ""
                #expect(message.hasPrefix(words), "\(message) instead of \(words)")
            }
        }
    }

    @Test("what is larger than it may be is refused before it is read")
    func limits() throws {
        let archive = ArchiveBench.archive()
        for (path, name) in [
            (\ArchiveLimits.state, "state.bin"), (\.metadata, "meta.json"), (\.sums, "SHA256SUMS"),
        ] {
            var limits = ArchiveLimits()
            limits[keyPath: path] = 10
            let problem = #expect(throws: ArchiveProblem.self) {
                try ArchiveBench.read(archive, limits: limits)
            }
            #expect(problem?.detail.hasPrefix("\(name) has ") == true)
        }
        // A frame that says it is larger than any is not waited for.
        var state = ArchiveBench.state([])
        state.replaceSubrange(16..<20, with: [0xff, 0xff, 0xff, 0xff])
        let problem = #expect(throws: ArchiveProblem.self) {
            var reader = StateStreamReader()
            try reader.take(state[...]) { _ in }
        }
        #expect(problem?.detail == "state.bin: a frame has 4294967295 octets")
    }

    @Test("a frame that is missing, doubled or cut is found without the checksums, too")
    func stateStream() throws {
        let state = ArchiveBench.state(ArchiveBench.frames)
        func read(_ octets: [UInt8]) throws -> [[UInt8]] {
            var reader = StateStreamReader()
            var frames: [[UInt8]] = []
            for octet in octets { try reader.take([octet][...]) { frames.append($0) } }
            try reader.finish()
            return frames
        }
        #expect(try read(state) == ArchiveBench.frames)
        for count in state.indices {
            #expect(throws: ArchiveProblem.self) { try read(Array(state[..<count])) }
        }
        #expect(throws: ArchiveProblem.self) { try read(state + [0]) }
        let first = 16..<(16 + 4 + ArchiveBench.frames[0].count)
        var missing = state
        missing.removeSubrange(first)
        #expect(throws: ArchiveProblem.self) { try read(missing) }
        var doubled = state
        doubled.insert(contentsOf: state[first], at: 16)
        #expect(throws: ArchiveProblem.self) { try read(doubled) }
        for (newest, isTaken) in [(0, false), (1, true)] {
            var reader = StateStreamReader(newest: newest)
            #expect(((try? reader.take(state[...]) { _ in }) != nil) == isTaken)
        }
        var newer = state
        newer[8] = 2
        let problem = #expect(throws: ArchiveProblem.self) { try read(newer) }
        #expect(problem?.detail == "state.bin: it has format 2, and this version reads 1")
    }

    @Test("after a problem nothing more is taken")
    func afterProblem() throws {
        let reader = ArchiveReader()
        let archive = ArchiveBench.archive()
        let problem = #expect(throws: ArchiveProblem.self) {
            try reader.take(Array("garbage!!!".utf8)) { _ in }
        }
        let first = try #require(problem)
        #expect(throws: first) { try reader.take(archive) { _ in } }
        #expect(throws: first) { try reader.finish() }
    }
}
