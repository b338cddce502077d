// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The rules of CONTRIBUTING.md that a machine can check.
///
/// Exceptions are listed by name, and the lists only shrink.
@Suite("House rules")
struct HouseRulesTests {
    /// What each core may import besides the standard library (ARCHITECTURE.md, "Rooms").
    static let coreImports: [String: Set<String>] = [
        "DNSWire": [],
        "DNSZones": ["DNSWire", "HashTreeCollections"],
        "Forwarding": ["DNSWire"],
        "MessagePack": [],
        "Definitions": [],
        "Filtering": [],
        "Events": ["MessagePack", "Filtering"],
        "WatchPlans": [],
        "StateStore": ["MessagePack", "Definitions", "Filtering", "HashTreeCollections"],
        "RaftLog": ["CChecksum"],
        "SnapshotArchive": ["CZlib", "Crypto", "FoundationEssentials"],
        "LocalState": ["StateStore", "Definitions"],
        "Checks": ["Definitions"],
        "Telemetry": [],
        "Locking": ["Synchronization"],
        "Listening": ["Glibc", "NIOCore"],
        "Publication": ["Locking", "Synchronization", "CSockets"],
        "DNSAnswers": [
            "Synchronization",
            "StateStore", "Definitions", "DNSZones", "DNSWire", "Publication", "CSockets",
        ],
        "AgentConfiguration": ["Definitions", "Filtering", "WatchPlans", "FoundationEssentials"],
    ]

    /// An import with its attributes and access, and the module that it names.
    static var imports: Regex<(Substring, Substring)> {
        /^(?:@[\w()]+ )?(?:public |internal |package |private |fileprivate )?import (?:struct |enum |func |class |protocol )?(\w+)/
    }

    @Test("a core imports only what the table allows", arguments: coreImports.keys.sorted())
    func allowedImports(core: String) throws {
        let allowed = try #require(Self.coreImports[core])
        let files = SourceTree.sources.filter { $0.target == core }
        #expect(!files.isEmpty, "no file of \(core)")
        for file in files {
            for line in file.lines {
                guard let match = line.firstMatch(of: Self.imports) else { continue }
                #expect(allowed.contains(String(match.1)), "\(file.path) imports \(match.1)")
            }
        }
    }

    @Test("shells do not import each other")
    func shells() {
        let shells: Set = [
            "DNSTransport", "HTTPAPI", "HealthChecks", "Watches", "Replication", "ZoneFiles",
        ]
        for file in SourceTree.sources where shells.contains(file.target) {
            for line in file.lines {
                guard let match = line.firstMatch(of: Self.imports) else { continue }
                let name = String(match.1)
                #expect(
                    !shells.contains(name) || name == file.target,
                    "\(file.path) imports \(name)"
                )
            }
        }
    }

    @Test("no file is longer than 500 lines")
    func fileLength() {
        for file in SourceTree.sources {
            #expect(file.lines.count <= 501, "\(file.path) has \(file.lines.count) lines")
        }
    }

    /// A forbidden text with the files that may hold it, each for the reason given there.
    static let forbidden: [(text: String, allowed: Set<String>)] = [
        ("try!", []),
        (" as!", []),
        // Out of memory: there is nothing else to do, and no octet from outside leads there.
        ("fatalError(", ["Sources/Publication/PublishedTable+Retirement.swift"]),
        // An async function that takes one may hold it in the name of another thread (Lock.swift).
        ("Mutex<", ["Sources/Locking/Lock.swift"]),
        ("Mutex(", ["Sources/Locking/Lock.swift"]),
        (" Task {", []),
        ("(Task {", []),
        ("Task.detached", []),
        ("FIXME", []),
        ("usleep(", []),
    ]

    @Test("forbidden constructs stay out", arguments: forbidden.map(\.text))
    func forbiddenConstructs(text: String) throws {
        let rule = try #require(Self.forbidden.first { $0.text == text })
        for file in SourceTree.sources where !rule.allowed.contains(file.path) {
            for (at, line) in file.lines.enumerated()
            where line.contains(text) && !line.drop(while: { $0 == " " }).hasPrefix("//") {
                Issue.record("\(file.path):\(at + 1) has \(text)")
            }
        }
    }

    @Test("unchecked sendability names its lock or thread")
    func uncheckedSendability() {
        for file in SourceTree.sources {
            for (at, line) in file.lines.enumerated()
            where (line.contains("@unchecked Sendable") || line.contains("nonisolated(unsafe)"))
                && !line.drop(while: { $0 == " " }).hasPrefix("//")
            {
                let before = file.lines[max(0, at - 12)..<at].joined(separator: " ")
                let reason = before.lowercased()
                #expect(
                    ["lock", "thread", "event loop", "atomic", "immutable"].contains {
                        reason.contains($0)
                    },
                    "\(file.path):\(at + 1) names neither lock nor thread"
                )
            }
        }
    }

    @Test("a TODO carries an issue number")
    func todos() {
        for file in SourceTree.sources {
            for (at, line) in file.lines.enumerated() where line.contains("TODO") {
                #expect(line.contains(/TODO \(#\d+\)/), "\(file.path):\(at + 1)")
            }
        }
    }

    @Test("every source file begins with its licence")
    func licence() {
        for file in SourceTree.sources {
            let head = file.lines.prefix(2)
            #expect(
                head.contains { $0.hasPrefix("// SPDX-License-Identifier: Apache-2.0") },
                "\(file.path)"
            )
        }
    }

    @Test("a case of the specification is found under its own number")
    func caseNumbers() {
        let range = /[A-Z]{3}-\d{3} ?(?:…|\.\.\.|–|to )/
        for file in SourceTree.files(below: "Tests", ending: ".swift") {
            // There each case is an argument of its own, with its number.
            if file.path == "Tests/DNSAnswersTests/Conformance/ConformanceTests.swift" { continue }
            for (at, line) in file.lines.enumerated() where line.contains("\"") {
                #expect(!line.contains(range), "\(file.path):\(at + 1) names a range of cases")
            }
        }
    }

    @Test("what the thread sanitizer may not say names files that exist and hold a lock")
    func suppressions() throws {
        let file = SourceTree.root.appendingPathComponent("Tests/thread-sanitizer.txt")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        let names = lines.filter { $0.hasPrefix("race:") && $0.hasSuffix(".swift") }
            .map { "/" + $0.dropFirst("race:".count) }
        #expect(names.count >= 5)
        let sources = SourceTree.sources + SourceTree.files(below: "Tests", ending: ".swift")
        for name in names {
            let lines = sources.first { $0.path.hasSuffix(name) }?.lines ?? []
            let holdsLock = lines.contains {
                $0.contains(/\b(?:Lock|Mutex)[<(]/)
                    && !$0.drop(while: { $0 == " " }).hasPrefix("//")
            }
            #expect(holdsLock, "\(name)")
        }
    }

    @Test("links between documents lead somewhere")
    func links() {
        let documents = SourceTree.files(below: "", ending: ".md")
        #expect(documents.count >= 5)
        for file in documents {
            let folder = SourceTree.root.appendingPathComponent(file.path)
                .deletingLastPathComponent()
            for match in file.lines.joined(separator: "\n").matches(
                of: /\]\(([^)#:]+)(?:#[^)]*)?\)/
            ) {
                let target = folder.appendingPathComponent(String(match.1)).path
                #expect(
                    FileManager.default.fileExists(atPath: target),
                    "\(file.path) links to \(match.1)"
                )
            }
        }
    }
}
