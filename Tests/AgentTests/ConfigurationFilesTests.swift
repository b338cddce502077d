// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Foundation
import Testing

@testable import Agent

@Suite("Reading configuration files")
struct ConfigurationFilesTests {
    private func directory(_ files: [String: String]) throws -> String {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("waypost-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        for (name, text) in files {
            let file = url.appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        return url.path
    }

    @Test("CFG-021 a directory gives its .hcl and .json files in name order, others are warned of")
    func order() throws {
        let directory = try directory([
            "b.hcl": "b", "a.json": "a", "x.txt": "x", "sub/c.hcl": "c",
        ])
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let reading = try ConfigurationFiles.read([directory], format: nil)
        #expect(reading.sources.map(\.name) == [directory + "/a.json", directory + "/b.hcl"])
        #expect(reading.warnings.count == 1 && reading.warnings[0].contains("x.txt"))
        let all = try ConfigurationFiles.read([directory], format: .hcl)
        #expect(all.sources.count == 3 && all.warnings.isEmpty)
    }

    @Test("CFG-024 a missing path says so in Consul's words")
    func missing() {
        do {
            _ = try ConfigurationFiles.read(["/nonexistent/p.hcl"], format: nil)
            Issue.record("read what is not there")
        } catch {
            #expect(
                "\(error)"
                    == "config: Open failed on /nonexistent/p.hcl. open /nonexistent/p.hcl: no such file or directory"
            )
        }
    }

    @Test("a named pipe is not waited for")
    func pipe() throws {
        let directory = try directory(["a.hcl": "a"])
        defer { try? FileManager.default.removeItem(atPath: directory) }
        #expect(unsafe mkfifo(directory + "/p.hcl", 0o600) == 0)
        let reading = try ConfigurationFiles.read([directory], format: nil)
        #expect(reading.sources.map(\.name) == [directory + "/a.hcl"])
        #expect(reading.warnings == ["skipping \(directory)/p.hcl: is a named pipe, not a file"])
        #expect(throws: FileProblem.self) {
            try ConfigurationFiles.read([directory + "/p.hcl"], format: nil)
        }
    }

    @Test("a file with another ending is refused unless the format is set")
    func ending() throws {
        let directory = try directory(["x.conf": "{}"])
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/x.conf"
        #expect(throws: FileProblem.self) { try ConfigurationFiles.read([path], format: nil) }
        #expect(try ConfigurationFiles.read([path], format: .json).sources.count == 1)
    }
}
