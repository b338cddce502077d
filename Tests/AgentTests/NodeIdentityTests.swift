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

    @Test("an ID from the host's is the same each time, as Consul makes it")
    func hostID() throws {
        // SHA-512 of the lower-cased text, its first sixteen octets: as gopsutil and Consul do.
        let id = HostIdentity.nodeID(ofHost: "4C4C4544-0033-3810-8052-B4C04F4A4D32")
        #expect(id == HostIdentity.nodeID(ofHost: "4c4c4544-0033-3810-8052-b4c04f4a4d32"))
        #expect(id.map(NodeIdentity.isUUID) == true)
        #expect(id == "fd32d843-5f92-fa0b-5d17-12ffcd850d2f")
        #expect(HostIdentity.nodeID(ofHost: "not a UUID") == nil)
        // /etc/machine-id has no hyphens.
        #expect(
            HostIdentity.nodeID(ofHost: "4c4c4544003338108052b4c04f4a4d32\n") == id
        )
    }

    @Test("the host is asked only for an ID that is to be made")
    func hostAsked() throws {
        let made = "00000000-0000-4000-8000-00000000000a"
        #expect(
            try NodeIdentity.nodeID(configured: "", dataDirectory: nil, host: { made }) == made
        )
        let set = "00000000-0000-4000-8000-00000000000b"
        #expect(
            try NodeIdentity.nodeID(configured: set, dataDirectory: nil, host: { made }) == set
        )
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
