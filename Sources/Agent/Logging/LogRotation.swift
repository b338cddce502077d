// SPDX-License-Identifier: Apache-2.0

/// When a log file gives way to a new one, how files are called, and which old ones go (Consul:
/// `log_file`, `log_rotate_bytes`, `log_rotate_duration`, `log_rotate_max_files`; spec cli.md 7.1).
///
/// A plain value that is told the time, in nanoseconds since 1970.
struct LogRotation: Hashable, Sendable {
    /// Where the files are; empty for the working directory, else with a final slash.
    let directory: String
    /// The name up to the time, without the hyphen.
    let stem: String
    /// What follows the time: `.log`, or what `log_file` ends in.
    let suffix: String
    /// The octets at which a new file begins; 0 for no limit.
    let maximumOctets: Int
    /// The nanoseconds after which one begins.
    let interval: UInt64
    /// How many old files stay; 0 for all, less for none.
    let keptFiles: Int
    /// The octets of the present file.
    private(set) var octets = 0
    /// When the present file began.
    private(set) var begun: UInt64 = 0

    /// Reads `log_file`: a path whose last part is the beginning of the files' names, or a directory with
    /// a final slash, where they are called `waypost-…log`.
    init(path: String, maximumOctets: Int = 0, interval: UInt64, keptFiles: Int = 0) {
        let cut = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
        directory = String(path[..<cut])
        var name = path[cut...]
        if name.isEmpty { name = "waypost.log" }
        // Go's filepath.Ext: from the last dot on.
        if let dot = name.lastIndex(of: ".") {
            stem = String(name[..<dot])
            suffix = String(name[dot...])
        } else {
            stem = String(name)
            suffix = ".log"
        }
        self.maximumOctets = maximumOctets
        self.interval = interval
        self.keptFiles = keptFiles
    }

    /// The name, without directory, of a file that begins at a time.
    func name(at now: UInt64) -> String { "\(stem)-\(now)\(suffix)" }

    /// Whether the next line belongs in a new file.
    func isDue(at now: UInt64) -> Bool {
        (maximumOctets > 0 && octets >= maximumOctets) || (now > begun && now - begun >= interval)
    }

    /// A new file has begun.
    mutating func begin(at now: UInt64) {
        octets = 0
        begun = now
    }

    /// So many octets were written.
    mutating func note(_ more: Int) { octets += more }

    /// Of the names in the directory those of old files that go, given the present file's name.
    func outdated(_ names: [String], besides current: String) -> [String] {
        guard keptFiles != 0 else { return [] }
        let old = names.compactMap { name in
            name == current ? nil : time(of: name).map { (time: $0, name: name) }
        }.sorted { $0.time < $1.time }
        return old.dropLast(max(0, keptFiles)).map(\.name)
    }

    /// When the file of this name began; `nil` for names of others.
    private func time(of name: String) -> UInt64? {
        guard name.hasPrefix(stem + "-"), name.hasSuffix(suffix),
            name.utf8.count > stem.utf8.count + 1 + suffix.utf8.count
        else { return nil }
        let digits = name.utf8.dropFirst(stem.utf8.count + 1).dropLast(suffix.utf8.count)
        guard digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return UInt64(String(decoding: digits, as: UTF8.self))
    }
}
