// SPDX-License-Identifier: Apache-2.0
import Foundation
import HTTPAPI
import SnapshotArchive
import StateStore
import Synchronization
import Testing

@testable import Commands

@Suite("snapshot decode")
struct SnapshotDecodeTests {
    /// A file of its own for each test.
    private final class ArchiveFile {
        let path: String

        init(_ octets: [UInt8]) throws {
            let file = FileManager.default.temporaryDirectory
                .appendingPathComponent("waypost-\(UUID().uuidString)")
            path = file.path
            try Data(octets).write(to: file)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private struct Line: Decodable {
        struct Content: Decodable {
            var key: String?
            var node: String?

            enum CodingKeys: String, CodingKey { case key = "Key", node = "Node" }
        }

        var type: String
        var content: Content

        enum CodingKeys: String, CodingKey { case type = "Type", content = "Data" }
    }

    /// The frames of a state with a node and so many keys of so many octets, and its index.
    private static func frames(keys: Int, octets: Int = 5) throws -> ([[UInt8]], UInt64) {
        var store = StateStore()
        func apply(_ command: Command) throws {
            _ = try store.apply(command, at: store.lastIndex.next)
        }
        try apply(.register(Registration(node: NodeRow(name: "n", address: "10.0.0.1"))))
        for number in 0..<keys {
            // Not to be compressed to nothing.
            let value = (0..<octets).map {
                UInt8(truncatingIfNeeded: $0 &* $0 &* (number + 7) >> 3)
            }
            try apply(.kv(KVOperation(.set, "k\(number)", value: value)))
        }
        var frames: [[UInt8]] = []
        store.writeSnapshot(frameLength: 1000) { frames.append($0) }
        return (frames, store.lastIndex.rawValue)
    }

    private static func archive(_ frames: [[UInt8]], index: UInt64) -> [UInt8] {
        var stream = StateStreamWriter()
        var state = stream.head(commandVersion: 1)
        for frame in frames { state += stream.frame(octets: frame.count) + frame }
        state += stream.end
        let writer = ArchiveWriter(
            ArchiveMetadata(index: index, term: 1, size: state.count, milliseconds: 9),
            time: 0
        )
        return writer.begin() + writer.append(state) + writer.finish()
    }

    private static func lines(_ output: String) throws -> [Line] {
        try output.split(separator: "\n").map {
            try JSONDecoder().decode(Line.self, from: Data($0.utf8))
        }
    }

    @Test("a header, then every record in its order, a line each")
    func all() async throws {
        let (frames, index) = try Self.frames(keys: 3)
        let file = try ArchiveFile(Self.archive(frames, index: index))
        let outcome = await run(["snapshot", "decode", file.path])
        #expect(outcome.code == 0 && outcome.errors.isEmpty && outcome.requests.isEmpty)
        let lines = try Self.lines(outcome.output)
        let types = ["SnapshotHeader", "State", "Index", "Index", "Register", "KVS", "KVS", "KVS"]
        #expect(lines.map(\.type) == types)
        #expect(lines[2...].compactMap(\.content.key) == ["nodes", "kvs", "k0", "k1", "k2"])
        #expect(lines.compactMap(\.content.node) == ["n"])
        let first = outcome.output.split(separator: "\n").first ?? ""
        #expect(
            first.hasPrefix(
                #"{"Type":"SnapshotHeader","Data":{"Version":1,"ID":"1-4-9","Index":4,"Term":1,"#
            )
        )
        #expect(outcome.output.hasSuffix("}\n"))
    }

    @Test("a state without frames still has its header")
    func empty() async throws {
        let file = try ArchiveFile(Self.archive([], index: 0))
        let outcome = await run(["snapshot", "decode", file.path])
        #expect(outcome.code == 0)
        #expect(try Self.lines(outcome.output).map(\.type) == ["SnapshotHeader"])
    }

    @Test("a damaged archive fails with the place, and leaves no half line")
    func damaged() async throws {
        let (frames, index) = try Self.frames(keys: 400, octets: 2000)
        let archive = Self.archive(frames, index: index)
        let cut = try ArchiveFile(Array(archive.dropLast(archive.count / 4)))
        let outcome = await run(["snapshot", "decode", cut.path])
        #expect(outcome.code == 1 && outcome.output.hasSuffix("}\n"))
        let lines = try Self.lines(outcome.output)
        #expect(lines.count > 50 && lines.count < 400)
        #expect(outcome.errors.hasPrefix("Error reading snapshot: failed to "))
        #expect(outcome.errors.contains(" behind \(lines.count) records"), "\(outcome.errors)")
        // The octets are whole, but a row is none.
        var rotten = frames
        rotten[rotten.count - 1].removeLast()
        let bad = try ArchiveFile(Self.archive(rotten, index: index))
        let refused = await run(["snapshot", "decode", bad.path])
        #expect(refused.code == 1 && refused.errors.contains("a row of the snapshot cannot be"))
        #expect(refused.output.hasSuffix("}\n"))
        // The last octets of the checksums.
        var wrong = archive
        wrong[wrong.count - 9] ^= 1
        let flipped = try ArchiveFile(wrong)
        let late = await run(["snapshot", "decode", flipped.path])
        #expect(late.code == 1 && late.errors.contains("do not rely on them"), "\(late.errors)")
    }

    @Test("what is no archive of this kind is refused with nothing written")
    func refused() async throws {
        for (octets, words) in [
            (Array("garbage".utf8), "failed to decompress snapshot"), ([], "EOF"),
            (Self.packed(["state.bin": "WAYPSTAT", "meta.json": "{}"]), "SHA256SUMS"),
        ] {
            let file = try ArchiveFile(octets)
            let outcome = await run(["snapshot", "decode", file.path])
            #expect(outcome.code == 1 && outcome.output.isEmpty)
            #expect(outcome.errors.contains(words), "\(outcome.errors)")
            #expect(outcome.errors.contains("nothing was written"))
        }
        let (frames, index) = try Self.frames(keys: 1)
        let inOrder = Self.archive(frames, index: index)
        let turned = try ArchiveFile(try Self.turned(inOrder))
        let outcome = await run(["snapshot", "decode", turned.path])
        #expect(outcome.code == 1 && outcome.output.isEmpty)
        #expect(outcome.errors.contains("pack the archive anew with meta.json first"))
        for (arguments, words) in [
            ([], "Missing FILE argument"), (["a", "b"], "Too many arguments (expected 1, got 2)"),
            (["/nowhere/f"], "Error opening snapshot file: open /nowhere/f: no such file"),
        ] {
            let outcome = await run(["snapshot", "decode"] + arguments)
            #expect(outcome.code == 1 && outcome.errors.hasPrefix(words))
        }
    }

    private static func packed(_ files: KeyValuePairs<String, String>) -> [UInt8] {
        var archive = FileArchive(time: 0)
        for (name, text) in files { archive.add(name, Array(text.utf8)) }
        return archive.finish()
    }

    /// The same files with `state.bin` in front.
    private static func turned(_ archive: [UInt8]) throws -> [UInt8] {
        let reader = ArchiveReader()
        var state: [UInt8] = []
        try reader.take(archive) { state += $0 }
        _ = try reader.finish()
        var turned = FileArchive(time: 0)
        turned.add("state.bin", state)
        turned.add("meta.json", [])
        return turned.finish()
    }

    @Test("without a reader it ends at once and in silence; a full disk is a failure")
    func output() async throws {
        let (frames, index) = try Self.frames(keys: 400, octets: 2000)
        let file = try ArchiveFile(Self.archive(frames, index: index))
        for (failure, code, words) in [
            (Console.Failure.noReader, 0, ""),
            (.system(28), 1, "Error writing records: write: no space left on device\n"),
        ] as [(Console.Failure, Int32, String)] {
            let errors = Sink()
            let pieces = Mutex(0)
            let context = CommandContext(
                program: "waypost",
                environment: [:],
                console: Console(
                    output: { _ in },
                    errors: { errors.add($0) },
                    octets: { _ in
                        pieces.withLock { $0 += 1 }
                        return failure
                    }
                ),
                files: FilesInMemory(),
                recordFormat: { SnapshotRecordObject.append($0, to: &$1) },
                connect: { _ in AgentInMemory([:]) }
            )
            let tool = CommandLineTool(context: context) { _ in 0 }
            #expect(await tool.run(["snapshot", "decode", file.path]) == code)
            #expect(errors.value == words && pieces.withLock { $0 } == 1)
        }
    }
}
