// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import Logging
import Synchronization
import Testing

@testable import Agent

@Suite("Log files")
struct LogFileTests {
    @Test(
        "a file is called by the path and the time at which it began",
        arguments: [
            ("/var/log/waypost.log", "/var/log/", "waypost-17.log"),
            ("/var/log/waypost", "/var/log/", "waypost-17.log"),
            ("/var/log/", "/var/log/", "waypost-17.log"),
            ("agent.out.txt", "", "agent.out-17.txt"),
        ]
    )
    func names(path: String, directory: String, name: String) {
        let rotation = LogRotation(path: path, interval: 1)
        #expect(rotation.directory == directory)
        #expect(rotation.name(at: 17) == name)
    }

    @Test("a new file begins by octets or by age, whatever comes first")
    func due() {
        var rotation = LogRotation(path: "a.log", maximumOctets: 100, interval: 50)
        rotation.begin(at: 1000)
        rotation.note(99)
        #expect(!rotation.isDue(at: 1049))
        #expect(rotation.isDue(at: 1050))
        rotation.note(1)
        #expect(rotation.isDue(at: 1001))
        rotation.begin(at: 1050)
        #expect(!rotation.isDue(at: 1051))
        // A clock that was set back is no age.
        #expect(!rotation.isDue(at: 3))
    }

    @Test(
        "of the old files so many stay, and those of others always",
        arguments: [(0, 0), (1, 3), (3, 1), (9, 0), (-1, 4)]
    )
    func outdated(kept: Int, gone: Int) {
        let rotation = LogRotation(path: "/l/a.log", interval: 1, keptFiles: kept)
        let own = ["a-9.log", "a-10.log", "a-11.log", "a-100.log", "a-101.log"]
        let others = ["a-x.log", "a-.log", "b-1.log", "a-1.txt", "a.log", "a-1-2.log"]
        let names = (own + others).reversed()
        #expect(
            rotation.outdated(Array(names), besides: "a-101.log") == Array(own.prefix(gone))
        )
    }

    /// A folder of its own, removed at the end.
    private final class Folder: Sendable {
        let path = NSTemporaryDirectory() + "waypost-log-\(UUID().uuidString)/"

        init() throws {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true
            )
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        var texts: [String: String] {
            var texts: [String: String] = [:]
            for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
                texts[name] = try? String(contentsOfFile: path + name, encoding: .utf8)
            }
            return texts
        }
    }

    @Test("lines go to the next file when one is full, and the oldest goes")
    func rotates() throws {
        let folder = try Folder()
        let now = Atomic<UInt64>(100)
        let file = try LogFile(
            LogRotation(
                path: folder.path + "a.log",
                maximumOctets: 10,
                interval: 1000,
                keptFiles: 1
            ),
            clock: { now.load(ordering: .relaxed) }
        )
        for (time, line) in [
            (101, "one"), (102, "two two two"), (103, "three three"), (104, "four"),
        ] {
            now.store(UInt64(time), ordering: .relaxed)
            file.write(line + "\n", level: .info)
        }
        #expect(folder.texts == ["a-103.log": "three three\n", "a-104.log": "four\n"])
        #expect(file.lostLines == 0)
        now.store(1104, ordering: .relaxed)
        file.write("late\n", level: .info)
        #expect(folder.texts["a-1104.log"] == "late\n")
    }

    @Test("a directory that is gone keeps the old file in use, and a new one is tried later")
    func gone() throws {
        let folder = try Folder()
        let inner = folder.path + "in/"
        let now = Atomic<UInt64>(1)
        try FileManager.default.createDirectory(
            atPath: inner,
            withIntermediateDirectories: true
        )
        let file = try LogFile(
            LogRotation(path: inner + "a.log", maximumOctets: 1, interval: 1000),
            clock: { now.load(ordering: .relaxed) }
        )
        file.write("one\n")
        try FileManager.default.moveItem(atPath: inner, toPath: folder.path + "moved")
        now.store(2, ordering: .relaxed)
        file.write("two\n")
        let moved = folder.path + "moved/a-1.log"
        #expect(try String(contentsOfFile: moved, encoding: .utf8) == "one\ntwo\n")
        #expect(file.lostLines == 0)
        try FileManager.default.moveItem(atPath: folder.path + "moved", toPath: inner)
        now.store(3, ordering: .relaxed)
        file.write("three\n")
        now.store(2 + LogFile.patience, ordering: .relaxed)
        file.write("four\n")
        let last = "\(inner)a-\(2 + LogFile.patience).log"
        #expect(try String(contentsOfFile: last, encoding: .utf8) == "four\n")
    }

    @Test("a file that cannot be opened is said with its path and how to mend it")
    func refused() throws {
        let folder = try Folder()
        let path = folder.path + "no/such/a.log"
        let problem = #expect(throws: FileProblem.self) {
            try LogFile(LogRotation(path: path, interval: 1))
        }
        let text = problem?.description ?? ""
        #expect(text.hasPrefix("log_file: cannot open \(folder.path)no/such/a-"))
        #expect(text.contains("no such file or directory. Make its directory"))
    }

    @Test("a full disk loses lines, which are counted, and nothing else")
    func full() throws {
        let folder = try Folder()
        // Every write to this device fails for want of space.
        let file = try LogFile(
            LogRotation(path: folder.path + "a.log", interval: 1 << 60),
            open: { _ in unsafe Glibc.open("/dev/full", O_WRONLY | O_CLOEXEC) }
        )
        let settings = LogSettings(level: .info, isJSON: false, descriptor: -1, outputs: [file])
        let logger = Logger(label: "agent") { AgentLogHandler(label: $0, settings: settings) }
        logger.info("one")
        logger.info("two")
        #expect(file.lostLines == 2)
    }
}
