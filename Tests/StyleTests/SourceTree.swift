// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The project's own files, read once for the tests of style.
struct SourceTree {
    /// One Swift file.
    struct File {
        /// The path below the project's top.
        var path: String
        /// Its lines.
        var lines: [String]
        /// The target's name: the folder below `Sources`.
        var target: String { String(path.split(separator: "/")[1]) }
    }

    /// The project's top, found from this file.
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Every Swift file below `Sources`.
    static let sources: [File] = files(below: "Sources", ending: ".swift")

    /// Every file below a folder with an ending.
    static func files(below folder: String, ending: String) -> [File] {
        let base = root.appendingPathComponent(folder)
        let paths = FileManager.default.enumerator(atPath: base.path)?.allObjects ?? []
        return paths.compactMap { $0 as? String }.filter { $0.hasSuffix(ending) }.sorted()
            .filter { path in
                !path.contains(".build")
                    && ![".venv", ".clients", ".engine"].contains { path.hasPrefix($0) }
            }
            .compactMap { path in
                let file = base.appendingPathComponent(path)
                guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
                let name = folder.isEmpty ? path : folder + "/" + path
                return File(path: name, lines: text.components(separatedBy: "\n"))
            }
    }
}
