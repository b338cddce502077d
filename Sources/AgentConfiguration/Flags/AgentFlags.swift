// SPDX-License-Identifier: Apache-2.0

/// What the command line of `agent` said (spec cli.md 7.1).
public struct AgentFlags: Sendable {
    /// A `-config-file` or `-config-dir`, in the order given.
    public enum Path: Sendable, Hashable {
        /// One file.
        case file(String)
        /// A directory, read in name order.
        case directory(String)
    }

    /// The configuration files and directories, in order.
    public var paths: [Path] = []
    /// `-config-format`: the notation of all files, whatever they are called.
    public var format: ConfigurationFormat?
    /// `-dev`.
    public var isDevelopment = false
    /// `-hcl` texts, in order.
    public var fragments: [String] = []
    /// Lists and maps; they come before files.
    var early: [FlagSetting] = []
    /// Single values; they come after files.
    var late: [FlagSetting] = []

    /// No flags.
    public init() {}

    /// Reads the arguments that follow `agent`.
    ///
    /// - Throws: ``FlagError`` with Go's texts, also for help.
    /// - Returns: The flags; a wrong `-config-format` or left-over arguments come as `refusal`,
    ///   since Consul prints those as `==> …` and without usage.
    public static func parse(
        _ arguments: [String]
    ) throws(FlagError) -> (flags: AgentFlags, refusal: ConfigurationError?) {
        let (given, rest) = try FlagSyntax.parse(
            arguments,
            kindOf: { name in AgentFlag.byName[name]?.syntax },
            names: AgentFlag.table.map(\.name)
        )
        var flags = AgentFlags()
        var refusal: ConfigurationError?
        for one in given {
            guard let flag = AgentFlag.byName[one.name] else { continue }
            switch flag.effect {
            case .configFile: flags.paths.append(.file(one.value))
            case .configDirectory: flags.paths.append(.directory(one.value))
            case .development: flags.isDevelopment = one.value == "true"
            case .fragment: flags.fragments.append(one.value)
            case .format:
                flags.format = ConfigurationFormat(rawValue: one.value)
                if flags.format == nil {
                    refusal = ConfigurationError([
                        ConfigurationProblem(
                            "config: -config-format must be either 'hcl' or 'json'"
                        )
                    ])
                }
            case .set(let path, let kind): flags.set(path, kind, one)
            }
        }
        if !rest.isEmpty {
            // Go: %v of a list of strings.
            let words = rest.joined(separator: " ")
            refusal = ConfigurationError([
                ConfigurationProblem("Unexpected extra arguments: [\(words)]")
            ])
        }
        return (flags, refusal)
    }

    private mutating func set(
        _ path: String,
        _ kind: AgentFlag.ValueKind,
        _ given: FlagSyntax.Given
    ) {
        let position = SourcePosition(file: "flag -\(given.name)")
        func setting(_ content: ConfigurationValue.Content) -> FlagSetting {
            FlagSetting(path: path, value: ConfigurationValue(content, at: position))
        }
        let text = ConfigurationValue(.string(given.value), at: position)
        switch kind {
        case .boolean: late.append(setting(.bool(given.value == "true")))
        case .integer: late.append(setting(.integer(Int(given.value) ?? 0)))
        case .text: late.append(setting(.string(given.value)))
        case .list: early.append(setting(.list([text])))
        case .map:
            // Consul: `-node-meta key:value`; without a colon the value is empty.
            let parts = given.value.split(
                separator: ":",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let value = ConfigurationValue(
                .string(parts.count > 1 ? String(parts[1]) : ""),
                at: position
            )
            let member = ConfigurationValue.Member(
                key: String(parts[0]),
                keyPosition: position,
                value: value
            )
            early.append(setting(.object([member])))
        }
    }
}

/// A key with the value that a flag gave it.
struct FlagSetting: Sendable {
    var path: String
    var value: ConfigurationValue
}
