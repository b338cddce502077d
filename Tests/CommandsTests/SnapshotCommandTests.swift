// SPDX-License-Identifier: Apache-2.0
import Foundation
import SnapshotArchive
import StateStore
import Testing

@testable import Commands

@Suite("snapshot")
struct SnapshotCommandTests {
    /// A directory of its own for each test.
    private final class Folder {
        let path: String

        init() throws {
            path =
                FileManager.default.temporaryDirectory
                .appendingPathComponent("waypost-\(UUID().uuidString)").path
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true
            )
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        subscript(name: String) -> [UInt8]? {
            get { FileManager.default.contents(atPath: "\(path)/\(name)").map(Array.init) }
            set {
                guard let newValue else { return }
                let file = URL(fileURLWithPath: "\(path)/\(name)")
                #expect(throws: Never.self) { try Data(newValue).write(to: file) }
            }
        }

        var names: [String] {
            ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
        }
    }

    /// The archive of a state with a node and some keys.
    private static func archive() throws -> [UInt8] {
        var store = StateStore()
        func apply(_ command: Command) throws {
            _ = try store.apply(command, at: store.lastIndex.next)
        }
        try apply(.register(Registration(node: NodeRow(name: "n", address: "10.0.0.1"))))
        for key in ["app/web/a", "app/web/b", "app/db", "top"] {
            try apply(.kv(KVOperation(.set, key, value: Array("value".utf8))))
        }
        var frames: [[UInt8]] = []
        store.writeSnapshot(frameLength: 1000) { frames.append($0) }
        var stream = StateStreamWriter()
        var state = stream.head(commandVersion: 1)
        for frame in frames { state += stream.frame(octets: frame.count) + frame }
        state += stream.end
        let writer = ArchiveWriter(
            ArchiveMetadata(
                index: store.lastIndex.rawValue,
                term: 1,
                size: state.count,
                milliseconds: 9
            ),
            time: 0
        )
        return writer.begin() + writer.append(state) + writer.finish()
    }

    @Test("CLI-050 save, inspect, restore")
    func all() async throws {
        let folder = try Folder()
        let archive = try Self.archive()
        let file = "\(folder.path)/f"
        let saved = await run(
            ["snapshot", "save", file],
            failures: ["GET /v1/snapshot": AgentReply(status: 200, body: archive)]
        )
        #expect(saved.code == 0 && saved.output == "Saved and verified snapshot to index 5\n")
        #expect(folder.names == ["f"] && folder["f"] == archive)
        let inspected = await run(["snapshot", "inspect", file])
        #expect(inspected.code == 0 && inspected.errors.isEmpty)
        let lines = inspected.output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.first == " ID           1-5-9")
        #expect(lines.contains(" Index        5") && lines.contains(" Version      1"))
        #expect(lines.contains(" Type          Count      Size"))
        #expect(lines.contains { $0.wholeMatch(of: /\ KVS           4          \d+B/) != nil })
        #expect(lines.contains { $0.wholeMatch(of: /\ Register      1          \d+B/) != nil })
        #expect(lines.contains { $0.hasPrefix(" Total                    ") })
        #expect(!inspected.output.contains("Key Name"))
        let text = String(decoding: archive, as: UTF8.self)
        let restored = await run(
            ["snapshot", "restore", "-datacenter=dc1", file],
            replies: ["PUT /v1/snapshot?dc=dc1": ""]
        )
        #expect(restored.code == 0 && restored.output == "Restored snapshot\n")
        #expect(restored.requests == ["PUT /v1/snapshot?dc=dc1 \(text)"])
    }

    @Test("keys by the begin of their names, and JSON with Consul's members")
    func keys() async throws {
        let folder = try Folder()
        folder["f"] = try Self.archive()
        let file = "\(folder.path)/f"
        func counts(_ flags: String...) async throws -> [String: Int] {
            let outcome = await run(["snapshot", "inspect", "-format=json"] + flags + [file])
            #expect(outcome.code == 0)
            let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
            #expect(report.meta["Index"] == .number(5) && report.meta["ID"] == .text("1-5-9"))
            #expect(report.totalSize == report.stats.map(\.sum).reduce(0, +))
            #expect(report.totalSizeKV == (report.statsKV ?? []).map(\.sum).reduce(0, +))
            #expect(report.stats.map(\.sum) == report.stats.map(\.sum).sorted(by: >))
            guard let keys = report.statsKV else { return [:] }
            return Dictionary(uniqueKeysWithValues: keys.map { ($0.name, $0.count) })
        }
        #expect(try await counts().isEmpty)
        #expect(try await counts("-kvdetails") == ["app/web": 2, "app/db": 1, "top": 1])
        #expect(try await counts("-kvdetails", "-kvdepth=1") == ["app": 3, "top": 1])
        #expect(try await counts("-kvdetails", "-kvfilter=app/w") == ["app/web": 2])
        #expect(try await counts("-kvdetails", "-kvfilter=zz").isEmpty)
        let pretty = await run(["snapshot", "inspect", "-kvdetails", file])
        #expect(
            pretty.output.contains(
                " Key Name      Count      Size\n ----          ----       ----\n"
            )
        )
    }

    private struct Report: Decodable {
        enum Value: Decodable, Hashable {
            case number(Int)
            case text(String)

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let number = try? container.decode(Int.self) {
                    self = .number(number)
                } else {
                    self = .text(try container.decode(String.self))
                }
            }
        }

        struct Line: Decodable {
            var name: String
            var sum: Int
            var count: Int

            enum CodingKeys: String, CodingKey { case name = "Name", sum = "Sum", count = "Count" }
        }

        var meta: [String: Value]
        var stats: [Line]
        var statsKV: [Line]?
        var totalSize: Int
        var totalSizeKV: Int

        enum CodingKeys: String, CodingKey {
            case meta = "Meta"
            case stats = "Stats"
            case statsKV = "StatsKV"
            case totalSize = "TotalSize"
            case totalSizeKV = "TotalSizeKV"
        }
    }

    @Test("a file that is not whole is never left: what was there before stays")
    func broken() async throws {
        let folder = try Folder()
        let archive = try Self.archive()
        let file = "\(folder.path)/f"
        folder["f"] = [1, 2, 3]
        for (reply, words) in [
            (
                AgentReply(status: 200, body: Array(archive.dropLast(9))),
                "Error verifying snapshot file: "
            ),
            (AgentReply(status: 200, body: []), "Error verifying snapshot file: "),
            (
                .failure(500, "No path to datacenter"),
                "Error saving snapshot: Unexpected response code: 500 (No path to datacenter)"
            ),
        ] {
            let outcome = await run(
                ["snapshot", "save", file],
                failures: ["GET /v1/snapshot": reply]
            )
            #expect(outcome.code == 1 && outcome.errors.hasPrefix(words), "\(outcome.errors)")
            #expect(outcome.output.isEmpty)
            #expect(folder.names == ["f"] && folder["f"] == [1, 2, 3])
        }
        let unreached = await run(["snapshot", "save", file])
        #expect(
            unreached.errors.hasPrefix("Error saving snapshot: Get \"http://127.0.0.1:8500/v1/")
        )
        let nowhere = await run(
            ["snapshot", "save", "\(folder.path)/none/f"],
            failures: ["GET /v1/snapshot": AgentReply(status: 200, body: archive)]
        )
        #expect(nowhere.code == 1)
        #expect(nowhere.errors.hasPrefix("Error writing unverified snapshot file: open "))
        #expect(nowhere.errors.contains("no such file or directory"))
    }

    @Test("names can have the version, the datacenter and the node in them")
    func names() async throws {
        let folder = try Folder()
        let archive = try Self.archive()
        let own = #"{"Config":{"Version":"1.21.4","Datacenter":"dc1","NodeName":"n1"}}"#
        for (words, file, name) in [
            ("version,dc", "f.snap", "f-1.21.4-dc1.snap"), ("node", "f", "f-n1"),
        ] {
            let outcome = await run(
                ["snapshot", "save", "-append-filename=\(words)", "\(folder.path)/\(file)"],
                replies: ["GET /v1/agent/self": own],
                failures: ["GET /v1/snapshot": AgentReply(status: 200, body: archive)]
            )
            #expect(outcome.code == 0 && folder[name] == archive, "\(outcome.errors)")
        }
        let unknown = await run(
            ["snapshot", "save", "-append-filename=time", "\(folder.path)/f"],
            replies: ["GET /v1/agent/self": own]
        )
        #expect(unknown.code == 1 && unknown.errors.contains("\"time\""))
    }

    @Test("mistakes are said before anything is sent")
    func mistakes() async throws {
        let folder = try Folder()
        folder["f"] = Array("garbage".utf8)
        let file = "\(folder.path)/f"
        let cases: [([String], String)] = [
            (["save"], "Missing FILE argument"),
            (["save", "a", "b"], "Too many arguments (expected 1, got 2)"),
            (["restore"], "Missing FILE argument"),
            (
                ["restore", "/nowhere/f"],
                "Error opening snapshot file: open /nowhere/f: no such file"
            ),
            (["inspect"], "Missing FILE argument"),
            (
                ["inspect", "/nowhere/f"],
                "Error opening snapshot file: open /nowhere/f: no such file"
            ),
            (["inspect", file], "Error reading snapshot: failed to decompress snapshot: "),
            (
                ["inspect", folder.path],
                "Error reading snapshot: failed to read snapshot file: read "
            ),
            (["inspect", "-format=xml", file], "Error creating formatter: Unknown format: xml"),
        ]
        for (arguments, words) in cases {
            let outcome = await run(["snapshot"] + arguments)
            #expect(outcome.code == 1 && outcome.errors.hasPrefix(words), "\(outcome.errors)")
            #expect(outcome.requests.isEmpty)
        }
        let refused = await run(
            ["snapshot", "restore", file],
            failures: [
                "PUT /v1/snapshot": .failure(
                    500,
                    "failed to decompress snapshot: gzip: invalid header"
                )
            ]
        )
        #expect(
            refused.errors
                == "Error restoring snapshot: Unexpected response code: 500 "
                + "(failed to decompress snapshot: gzip: invalid header)\n"
        )
    }

    @Test("sizes are written as Consul's")
    func sizes() {
        for (octets, text) in [
            (0, "0"), (1, "1B"), (1023, "1023B"), (1024, "1KB"), (1331, "1.3KB"),
            (1 << 20, "1MB"), (5 << 30, "5GB"), (3 << 40, "3TB"), (5000 << 40, "5000TB"),
        ] { #expect(ByteSize.text(octets) == text) }
    }

    @Test("progress goes to a terminal alone, and its line is taken away")
    func progress() {
        for isTerminal in [false, true] {
            let written = Sink()
            let console = Console(
                output: { _ in },
                errors: { written.add($0) },
                isTerminal: isTerminal
            )
            var progress = Progress("Saving", of: 2048, on: console, every: .zero)
            progress.advance(by: 1024)
            progress.end()
            progress.end()
            let line = "\rSaving: 1KB of 2KB\u{1b}[K\r\u{1b}[K"
            #expect(written.value == (isTerminal ? line : ""))
        }
    }
}
