// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Agent

@Suite("The node's identity")
struct NodeIdentityTests {
    private func directory() throws -> String {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("waypost-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url.path
    }

    @Test("a fresh ID is a version 4 UUID and stays in data_dir/node-id")
    func kept() throws {
        let directory = try directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let first = try NodeIdentity.nodeID(configured: "", dataDirectory: directory)
        #expect(NodeIdentity.isUUID(first) && first.dropFirst(14).first == "4")
        #expect(try NodeIdentity.nodeID(configured: "", dataDirectory: directory) == first)
        #expect(
            try NodeIdentity.nodeID(configured: "", dataDirectory: nil)
                != NodeIdentity.nodeID(configured: "", dataDirectory: nil)
        )
    }

    @Test("a configured ID wins, in lower case")
    func configured() throws {
        let id = "DEADBEEF-0000-4000-8000-00000000ABCD"
        #expect(
            try NodeIdentity.nodeID(configured: id, dataDirectory: nil)
                == "deadbeef-0000-4000-8000-00000000abcd"
        )
    }

    @Test("a file that holds no UUID is refused with its name and line")
    func refused() throws {
        let directory = try directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try "nonsense\n".write(toFile: directory + "/node-id", atomically: true, encoding: .utf8)
        do {
            _ = try NodeIdentity.nodeID(configured: "", dataDirectory: directory)
            Issue.record("nonsense was taken")
        } catch {
            #expect("\(error)".contains("node-id:1:"))
        }
    }
}
