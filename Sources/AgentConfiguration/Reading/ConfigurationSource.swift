// SPDX-License-Identifier: Apache-2.0

/// The two notations.
public enum ConfigurationFormat: String, Sendable, Hashable, CaseIterable {
    /// HCL version 1.
    case hcl
    /// JSON.
    case json
}

/// A text with configuration; reading files is the shell's work.
public struct ConfigurationSource: Sendable, Hashable {
    /// The file as it was named, or `flags-0.hcl`; stands in error texts.
    public var name: String
    /// The notation.
    public var format: ConfigurationFormat
    /// The octets.
    public var octets: [UInt8]

    /// Makes a source.
    public init(name: String, format: ConfigurationFormat, octets: [UInt8]) {
        self.name = name
        self.format = format
        self.octets = octets
    }

    /// Makes a source from a text.
    public init(name: String, format: ConfigurationFormat, text: String) {
        self.init(name: name, format: format, octets: Array(text.utf8))
    }
}

extension ConfigurationSource {
    /// Parses the text; `nil` when it is empty, which is no error (spec cli.md 6.1).
    func parse() throws(ConfigurationError) -> ConfigurationValue? {
        if octets.isEmpty { return nil }
        do {
            switch format {
            case .json: return try parseJSON()
            // Consul: hcl.Decode takes a text that begins with a brace as JSON.
            case .hcl:
                return beginsWithBrace ? try parseJSON() : try HCLParser.parse(octets, file: name)
            }
        } catch {
            let place = SourcePosition(file: name, line: error.line, column: error.column)
            let problem = ConfigurationProblem(error.description, at: place)
            throw ConfigurationError(
                message: "failed to parse \(name): \(problem)",
                problems: [problem]
            )
        }
    }

    private var beginsWithBrace: Bool {
        octets.first { $0 != 0x20 && !(0x09...0x0d).contains($0) } == UInt8(ascii: "{")
    }

    private func parseJSON() throws(SyntaxError) -> ConfigurationValue? {
        let value = try JSONParser.parse(octets, file: name)
        let kind: String
        switch value.content {
        case .object, .null: return value
        case .list: kind = "array"
        case .string: kind = "string"
        case .bool: kind = "bool"
        case .integer, .number: kind = "number"
        }
        throw SyntaxError(
            message: "json: cannot unmarshal \(kind) into Go value of type map[string]interface {}",
            line: value.position.line,
            column: value.position.column,
            namesPlace: false
        )
    }

    /// Parses the text and holds it against a table: a tree of known keys, and what was written.
    func read(
        _ keys: [Key] = KeyTable.root
    ) throws(ConfigurationError) -> (tree: Tree, written: [WrittenKey])? {
        guard let value = try parse() else { return nil }
        guard case .object(let members) = value.content else { return nil }
        var decoder = SchemaDecoder(format: format)
        let decoded = decoder.decodeObject(members, keys, path: "", plainPath: "")
        if !decoder.typeErrors.isEmpty {
            // Consul: mapstructure sorts its errors.
            let points = decoder.typeErrors.map { "* \($0)" }.sorted()
            throw ConfigurationError(
                message: "failed to parse \(name): \(points.count) error(s) decoding:\n\n"
                    + points.joined(separator: "\n"),
                problems: decoder.typeErrors
            )
        }
        if !decoder.unknownKeys.isEmpty {
            let list = ConfigurationError.list(decoder.unknownKeys.map(\.description))
            throw ConfigurationError(
                message: "failed to parse \(name): \(list)",
                problems: decoder.unknownKeys
            )
        }
        let written = decoder.written.map {
            WrittenKey(path: $0.path, key: $0.key, position: $0.position)
        }
        return (Tree(decoded), written)
    }
}

/// A key that somebody wrote.
struct WrittenKey {
    var path: String
    var key: Key
    var position: SourcePosition
}
