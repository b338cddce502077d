// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Testing

/// A file system in a dictionary.
private struct FilesInMemory: FileAccess {
    var files: [String: String]
    var directories: [String: [String]]
    var pipes: Set<String> = []

    func open(_ path: String) throws(FileFailure) -> OpenedPath {
        if let text = files[path] { return .file(Array(text.utf8)) }
        if let names = directories[path] { return .directory(names) }
        if pipes.contains(path) {
            throw FileFailure(reason: "is a named pipe, not a file", isIrregular: true)
        }
        throw FileFailure(reason: "no such file or directory")
    }

    func isDirectory(_ path: String) -> Bool { directories[path] != nil }

    func exists(_ path: String) -> Bool {
        files[path] != nil || directories[path] != nil || pipes.contains(path)
    }
}

@Suite("Finding configuration files")
struct ConfigurationPathsTests {
    private let files = FilesInMemory(
        files: ["d/a.hcl": "a", "d/b.hcl": "b", "d/c.json": "c", "d/x.txt": "x", "e.conf": "e"],
        directories: [
            "d": ["x.txt", "b.hcl", "sub", "gone.hcl", "c.json", "a.hcl"], "d/sub": ["z.hcl"],
        ]
    )

    @Test("CFG-021 directories in name order, others warned about, subdirectories not read")
    func directory() throws {
        let (sources, warnings) = try ConfigurationPaths.read(["d"], format: nil, from: files)
        #expect(sources.map(\.name) == ["d/a.hcl", "d/b.hcl", "d/c.json"])
        #expect(sources.map(\.format) == [.hcl, .hcl, .json])
        #expect(
            warnings == [
                "skipping file d/x.txt, extension must be .hcl or .json, or config format must be set"
            ]
        )
    }

    @Test("what is no file is skipped in a directory and refused when it is named")
    func pipes() throws {
        var files = files
        files.pipes = ["d/b.hcl"]
        files.files["d/b.hcl"] = nil
        let (sources, warnings) = try ConfigurationPaths.read(["d"], format: nil, from: files)
        #expect(sources.map(\.name) == ["d/a.hcl", "d/c.json"])
        #expect(warnings.contains("skipping d/b.hcl: is a named pipe, not a file"))
        do {
            _ = try ConfigurationPaths.read(["d/b.hcl"], format: nil, from: files)
            Issue.record("read a pipe")
        } catch {
            #expect(
                error.message == "config: Open failed on d/b.hcl. open d/b.hcl: is a named pipe, "
                    + "not a file (write the settings into a file)"
            )
        }
    }

    @Test("with a format every file is read")
    func format() throws {
        let (sources, warnings) = try ConfigurationPaths.read(
            ["d", "e.conf"],
            format: .hcl,
            from: files
        )
        #expect(
            sources.map(\.name) == ["d/a.hcl", "d/b.hcl", "d/c.json", "d/x.txt", "e.conf"]
        )
        #expect(warnings.isEmpty)
    }

    @Test("CFG-024 a path that is not there")
    func missing() {
        let failure = #expect(throws: ConfigurationError.self) {
            try ConfigurationPaths.read(["P"], format: nil, from: files)
        }
        #expect(
            failure?.message == "config: Open failed on P. open P: no such file or directory"
        )
    }

    @Test("a single file needs a known extension")
    func extensions() {
        let failure = #expect(throws: ConfigurationError.self) {
            try ConfigurationPaths.read(["e.conf"], format: nil, from: files)
        }
        #expect(
            failure?.message
                == "file e.conf has unknown extension; must be .hcl or .json, or config format "
                + "must be set"
        )
    }
}
