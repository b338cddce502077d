// SPDX-License-Identifier: Apache-2.0

/// What finding configuration files asks of the file system; implemented by shells.
public protocol FileAccess {
    /// Reads a file, or lists a directory (names without path, in any order).
    ///
    /// - Throws: ``FileFailure`` with the system's text (`no such file or directory`).
    func open(_ path: String) throws(FileFailure) -> OpenedPath

    /// Whether a path leads, through links, to a directory.
    func isDirectory(_ path: String) -> Bool

    /// Whether a path leads, through links, to anything.
    func exists(_ path: String) -> Bool
}

/// What a path led to.
public enum OpenedPath: Sendable, Hashable {
    /// A file with its octets.
    case file([UInt8])
    /// A directory with the names in it.
    case directory([String])
}

/// Why a path could not be opened.
public struct FileFailure: Error, Sendable, Hashable {
    /// The system's text as Go spells it: lower case, without path.
    public var reason: String
    /// Whether there is something that is neither file nor directory: a named pipe, a device.
    public var isIrregular: Bool

    /// Makes a failure.
    public init(reason: String, isIrregular: Bool = false) {
        self.reason = reason
        self.isIrregular = isIrregular
    }
}

/// Finds the configuration files that a command line names (spec cli.md 6.1, "Directory",
/// "File"), through a ``FileAccess``.
public enum ConfigurationPaths {
    /// Reads all files in order: directories in name order, without their subdirectories.
    ///
    /// - Returns: The sources, and a warning for each file that was left out.
    /// - Throws: ``ConfigurationError`` for a path that cannot be read or has no known notation.
    public static func read(
        _ paths: [String],
        format: ConfigurationFormat?,
        from files: some FileAccess
    ) throws(ConfigurationError) -> (sources: [ConfigurationSource], warnings: [String]) {
        var sources: [ConfigurationSource] = []
        var warnings: [String] = []
        for path in paths {
            switch try open(path, files) {
            case .file(let octets):
                guard let notation = format ?? notation(of: path) else {
                    throw ConfigurationError([
                        ConfigurationProblem(
                            "file \(path) has unknown extension; must be .hcl or .json, or config "
                                + "format must be set"
                        )
                    ])
                }
                sources.append(ConfigurationSource(name: path, format: notation, octets: octets))
            case .directory(let names):
                for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
                    let inner = path.hasSuffix("/") ? path + name : "\(path)/\(name)"
                    if files.isDirectory(inner) { continue }
                    guard let notation = format ?? notation(of: name) else {
                        warnings.append(
                            "skipping file \(inner), extension must be .hcl or .json, or config "
                                + "format must be set"
                        )
                        continue
                    }
                    // What vanished meanwhile, or a link to nowhere, is passed over.
                    guard files.exists(inner) else { continue }
                    do throws(FileFailure) {
                        guard case .file(let octets) = try files.open(inner) else { continue }
                        sources.append(
                            ConfigurationSource(name: inner, format: notation, octets: octets)
                        )
                    } catch {
                        // A pipe would be waited for, maybe for ever.
                        guard error.isIrregular else { throw Self.error(error, at: inner) }
                        warnings.append("skipping \(inner): \(error.reason)")
                    }
                }
            }
        }
        return (sources, warnings)
    }

    private static func open(
        _ path: String,
        _ files: some FileAccess
    ) throws(ConfigurationError) -> OpenedPath {
        do { return try files.open(path) } catch { throw Self.error(error, at: path) }
    }

    // Consul: the text names the path twice.
    private static func error(_ failure: FileFailure, at path: String) -> ConfigurationError {
        ConfigurationError([
            ConfigurationProblem(
                "config: Open failed on \(path). open \(path): \(failure.reason)",
                hint: failure.isIrregular ? "write the settings into a file" : nil
            )
        ])
    }

    private static func notation(of path: String) -> ConfigurationFormat? {
        if path.hasSuffix(".json") { return .json }
        return path.hasSuffix(".hcl") ? .hcl : nil
    }
}

extension AgentFlags {
    /// The paths of `-config-file` and `-config-dir` alike: what each is, the file system says.
    public var pathNames: [String] {
        paths.map { path in
            switch path {
            case .file(let name), .directory(let name): name
            }
        }
    }
}
