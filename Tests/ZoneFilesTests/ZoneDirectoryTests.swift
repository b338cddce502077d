// SPDX-License-Identifier: Apache-2.0

import DNSWire
import DNSZones
import Glibc
import Testing
import ZoneFiles

@Suite("Folders of zone files")
struct ZoneDirectoryTests {
    /// A fresh folder with files, gone after the body.
    static func withFolder(_ files: [String: String], _ body: (String) throws -> Void) throws {
        let path = "/tmp/waypost-zones-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        let made = unsafe mkdir(path, 0o700)
        try #require(made == 0)
        defer {
            for name in files.keys { unsafe unlink(path + "/" + name) }
            unsafe rmdir(path)
        }
        for (name, text) in files {
            guard let file = unsafe fopen(path + "/" + name, "w") else { continue }
            unsafe fputs(text, file)
            unsafe fclose(file)
        }
        try body(path)
    }

    static let head = "$TTL 60\n@ SOA ns.other. host.other. 1 2 3 4 5\n@ NS ns.other.\n"

    @Test("the origin is the file's name, a broken file hides no other, other files are left alone")
    func loads() throws {
        let files = [
            "b.test.zone": Self.head, "a.test.zone": Self.head + "x A nonsense\n",
            "c.test.zone": "$ORIGIN b.test.\n" + Self.head, "README.md": "not a zone",
            ".hidden.zone": "not a zone",
        ]
        try Self.withFolder(files) { path in
            let contents = ZoneDirectory.load(path + "/")
            #expect(contents.zones.map(\.apex.description) == ["b.test."])
            #expect(
                contents.errors.map(\.location.path) == [
                    "\(path)/a.test.zone", "\(path)/c.test.zone",
                ]
            )
            #expect(contents.errors.map(\.location.line) == [4, nil])
            #expect(contents.errors.last?.message.contains("\(path)/b.test.zone already") == true)
        }
    }

    @Test("a folder that is not there, and a FIFO, are errors, not waits")
    func unreadable() throws {
        let missing = ZoneDirectory.load("/nonexistent/zones")
        #expect(missing.errors.map(\.code) == [.unreadable])
        #expect(missing.errors.first?.message.contains("No such file") == true)
        try Self.withFolder([:]) { path in
            let made = unsafe mkfifo(path + "/f.zone", 0o600)
            #expect(made == 0)
            defer { unsafe unlink(path + "/f.zone") }
            let contents = ZoneDirectory.load(path)
            #expect(contents.errors.map(\.code) == [.unreadable])
        }
    }

    @Test("the zones of this repository are right")
    func ours() throws {
        let folder =
            #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/zones"
        let contents = ZoneDirectory.load(folder)
        #expect(contents.errors == [])
        #expect(
            contents.zones.map(\.apex.description) == [
                "30.20.10.in-addr.arpa.", "example.internal.",
            ]
        )
    }
}
