// SPDX-License-Identifier: Apache-2.0
import Foundation
import Logging
import Synchronization
import Testing

@testable import Agent
@testable import AgentConfiguration
@testable import Replication

@Suite("Reloads by themselves")
struct ConfigurationWatcherTests {
    private static func stamps(_ files: [String: Int]) -> [String: FileStamp] {
        files.mapValues { FileStamp(modified: $0, size: 1, number: 1) }
    }

    /// What is seen at each look, how often was reloaded after each.
    private func reloads(_ start: [String: Int], _ looks: [[String: Int]]) async -> [Int] {
        let next = Mutex(0)
        let count = Mutex(0)
        let counts = Mutex<[Int]>([])
        let watcher = ConfigurationWatcher(
            start: Self.stamps(start),
            look: {
                let place = next.withLock { place in
                    defer { place += 1 }
                    return place
                }
                return Self.stamps(looks[place])
            },
            reload: { count.withLock { $0 += 1 } },
            pause: {
                let done = next.withLock { $0 }
                if done > 0 { counts.withLock { $0.append(count.withLock { $0 }) } }
                return done < looks.count
            },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        await watcher.watch()
        return counts.withLock { $0 }
    }

    @Test("nothing is read while nothing changes")
    func quiet() async {
        #expect(await reloads(["a": 1], [["a": 1], ["a": 1]]) == [0, 0])
    }

    @Test("changed, new and removed files are read once they rest for a look")
    func changes() async {
        #expect(await reloads(["a": 1], [["a": 2], ["a": 2], ["a": 2]]) == [0, 1, 1])
        #expect(await reloads(["a": 1], [["a": 2], ["a": 3], ["a": 3], ["a": 3]]) == [0, 0, 1, 1])
        #expect(await reloads(["a": 1], [["a": 1, "b": 1], ["a": 1, "b": 1]]) == [0, 1])
        #expect(await reloads(["a": 1, "b": 1], [["a": 1], ["a": 1]]) == [0, 1])
    }

    @Test("a file that was away for a moment and is the same again is not read")
    func replaced() async {
        #expect(await reloads(["a": 1], [[:], ["a": 1], ["a": 1]]) == [0, 0, 0])
    }

    @Test("files in named directories count, the directories themselves and what is missing do not")
    func stamps() throws {
        let manager = FileManager.default
        let folder = NSTemporaryDirectory() + "waypost-stamps-\(UUID().uuidString)"
        try manager.createDirectory(atPath: folder + "/inner", withIntermediateDirectories: true)
        defer { try? manager.removeItem(atPath: folder) }
        try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/a.hcl"))
        try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/agent.log"))
        let paths = [
            FileStamp.Path(path: folder, endings: [".hcl", ".json"]),
            FileStamp.Path(path: folder + "/missing"),
        ]
        let before = FileStamp.stamps(of: paths)
        #expect(before.keys.sorted() == [folder + "/a.hcl"])
        // A log beside the files is no change of theirs.
        try Data("xyz".utf8).write(to: URL(fileURLWithPath: folder + "/agent.log"))
        #expect(FileStamp.stamps(of: paths) == before)
        try Data("xy".utf8).write(to: URL(fileURLWithPath: folder + "/a.hcl"))
        #expect(FileStamp.stamps(of: paths) != before)
        let all = FileStamp.stamps(of: [FileStamp.Path(path: folder)])
        #expect(all.keys.sorted() == [folder + "/a.hcl", folder + "/agent.log"])
    }

    @Test("what may be written by the settings fits into the log, with its keys")
    func writesFit() {
        #expect(HTTPConfiguration.largestWrite + 512 << 10 <= LogLoop.commandLimit)
    }
}
