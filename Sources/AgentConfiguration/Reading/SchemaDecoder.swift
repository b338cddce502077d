// SPDX-License-Identifier: Apache-2.0

/// Holds one parsed text against a table of keys: names without case, aliases, strict types, the
/// few leniencies of Consul's decoder (spec cli.md 6.1).
///
/// The result has only known keys in their proper spelling and values of the declared kinds.
struct SchemaDecoder {
    /// Whether numbers are called `float64` (JSON) or `int` (HCL) in texts.
    let format: ConfigurationFormat
    private(set) var typeErrors: [ConfigurationProblem] = []
    private(set) var unknownKeys: [ConfigurationProblem] = []
    /// The keys that were written, by their path without list positions.
    private(set) var written: [(path: String, key: Key, position: SourcePosition)] = []

    init(format: ConfigurationFormat) { self.format = format }

    /// Decodes the members of an object.
    mutating func decodeObject(
        _ members: [ConfigurationValue.Member],
        _ keys: [Key],
        path: String,
        plainPath: String
    ) -> [ConfigurationValue.Member] {
        var result: [ConfigurationValue.Member] = []
        var unknown: [ConfigurationValue.Member] = []
        let chosen = Self.choose(members, keys)
        for (member, key) in zip(members, chosen) {
            guard let key else {
                unknown.append(member)
                continue
            }
            let inner = path.isEmpty ? key.name : "\(path).\(key.name)"
            let plain = plainPath.isEmpty ? key.name : "\(plainPath).\(key.name)"
            guard
                var value = decode(member.value, key.kind, path: inner, plainPath: plain)
            else { continue }
            if value.position.line == 0 { value.position = member.keyPosition }
            written.append((plain, key, member.keyPosition))
            result.append(
                ConfigurationValue.Member(
                    key: key.name,
                    keyPosition: member.keyPosition,
                    value: value
                )
            )
        }
        for member in unknown { report(unknown: member, among: keys, path: path) }
        return result
    }

    /// The key of each member: the exact spelling goes before others (Consul: mapstructure).
    private static func choose(
        _ members: [ConfigurationValue.Member],
        _ keys: [Key]
    ) -> [Key?] {
        var byName: [String: Key] = [:]
        for key in keys {
            for name in [key.name] + key.aliases { byName[name.lowercased()] = key }
        }
        var chosen = members.map { byName[$0.key.lowercased()] }
        var winner: [String: Int] = [:]
        for (index, key) in chosen.enumerated() {
            guard let key else { continue }
            guard let rival = winner[key.name] else {
                winner[key.name] = index
                continue
            }
            let loser = members[index].key == key.name ? rival : index
            if loser == rival { winner[key.name] = index }
            chosen[loser] = nil
        }
        return chosen
    }

    private mutating func report(
        unknown member: ConfigurationValue.Member,
        among keys: [Key],
        path: String
    ) {
        let full = path.isEmpty ? member.key : "\(path).\(member.key)"
        unknownKeys.append(
            ConfigurationProblem(
                "invalid config key \(full)",
                at: member.keyPosition,
                hint: Self.hint(for: member, among: keys, path: path)
            )
        )
    }

    private static func hint(
        for member: ConfigurationValue.Member,
        among keys: [Key],
        path: String
    ) -> String? {
        let name = member.key.lowercased()
        if keys.contains(where: { $0.name == name }) { return "it is written twice" }
        if ["service", "check"].contains(path), case .object = member.value.content,
            Suggestion.nearest(to: name, among: keys.map(\.name)) == nil
        {
            return "blocks have no label here; write \(path) { name = \"\(member.key)\" … }"
        }
        let near = Suggestion.nearest(to: name, among: keys.map(\.name))
        let prefix = path.isEmpty ? "" : path + "."
        let meant = near.map { prefix + $0 } ?? elsewhere(name, holding: member.value)
        return meant.map { "did you mean \($0)?" }
    }
}

// MARK: values

extension SchemaDecoder {
    /// The right name in the wrong place: `http = 8500` at the top is `ports.http`.
    private static func elsewhere(_ name: String, holding value: ConfigurationValue) -> String? {
        KeyTable.leaves().first { path, key in
            guard path.hasSuffix("." + name), path.split(separator: ".").count > 1 else {
                return false
            }
            switch (key.kind, value.content) {
            case (.integer, .integer), (.string, .string), (.duration, .string), (.bool, .bool),
                (.strings, .list), (.stringMap, .object), (.number, .number):
                return true
            default: return false
            }
        }?.path
    }

    private mutating func decode(
        _ value: ConfigurationValue,
        _ kind: Key.Kind,
        path: String,
        plainPath: String
    ) -> ConfigurationValue? {
        if case .null = value.content { return nil }
        switch kind {
        case .strings, .looseStrings, .objects: break
        default:
            // Consul: HookWeakDecodeFromSlice; a list of exactly one is unwrapped.
            if case .list(let elements) = value.content, elements.count == 1 {
                return decodeSingle(elements[0], kind, path: path, plainPath: plainPath)
            }
        }
        return decodeSingle(value, kind, path: path, plainPath: plainPath)
    }

    private mutating func decodeSingle(
        _ value: ConfigurationValue,
        _ kind: Key.Kind,
        path: String,
        plainPath: String
    ) -> ConfigurationValue? {
        switch (kind, value.content) {
        case (_, .null): return nil
        case (.opaque, _): return value
        case (.bool, .bool), (.string, .string), (.duration, .string), (.integer, .integer),
            (.number, .number):
            return value
        case (.number, .integer(let number)):
            return ConfigurationValue(.number(Double(number)), at: value.position)
        case (.integer, .number(let number)), (.unsigned, .number(let number)):
            guard let whole = Int(exactly: number.rounded(.towardZero)) else {
                return mismatch(value, "int", path: path)
            }
            let truncated = ConfigurationValue(.integer(whole), at: value.position)
            return decodeSingle(truncated, kind, path: path, plainPath: plainPath)
        case (.unsigned, .integer(let number)):
            guard UInt32(exactly: number) != nil else {
                typeErrors.append(
                    ConfigurationProblem(
                        "cannot parse '\(path)', \(number) overflows uint",
                        at: value.position
                    )
                )
                return nil
            }
            return value
        case (.bool, _): return mismatch(value, "bool", path: path)
        case (.integer, _): return mismatch(value, "int", path: path)
        case (.unsigned, _): return mismatch(value, "uint32", path: path)
        case (.number, _): return mismatch(value, "float64", path: path)
        case (.string, _), (.duration, _): return mismatch(value, "string", path: path)
        case (.strings, .list(let elements)):
            return decodeList(elements, .string, value, path: path, plainPath: plainPath)
        case (.objects(let keys), .list(let elements)):
            return decodeList(elements, .object(keys), value, path: path, plainPath: plainPath)
        case (.objects(let keys), .object):
            return decodeList([value], .object(keys), value, path: path, plainPath: plainPath)
        case (.looseStrings, .list(let elements)):
            let texts = elements.map(Self.text)
            return decodeList(texts, .string, value, path: path, plainPath: plainPath)
        case (.looseStrings, .string), (.looseStrings, .integer), (.looseStrings, .number),
            (.looseStrings, .bool):
            return ConfigurationValue(.list([Self.text(value)]), at: value.position)
        case (.strings, _), (.looseStrings, _), (.objects, _): return noList(value, path: path)
        case (.object(let keys), .object(let members)):
            let decoded = decodeObject(members, keys, path: path, plainPath: plainPath)
            return ConfigurationValue(.object(decoded), at: value.position)
        case (.stringMap, .object(let members)), (.durationMap, .object(let members)):
            return decodeMap(members, .string, value, path: path, plainPath: plainPath)
        case (.stringsMap, .object(let members)):
            return decodeMap(members, .strings, value, path: path, plainPath: plainPath)
        case (.looseStringsMap, .object(let members)):
            return decodeMap(members, .looseStrings, value, path: path, plainPath: plainPath)
        case (.objectMap(let keys), .object(let members)):
            return decodeMap(members, .object(keys), value, path: path, plainPath: plainPath)
        case (.object, _), (.stringMap, _), (.durationMap, _), (.stringsMap, _),
            (.looseStringsMap, _), (.objectMap, _):
            return noMap(value, path: path)
        }
    }

    /// A number or a boolean as the text that mapstructure makes of it; all else as it is.
    private static func text(_ value: ConfigurationValue) -> ConfigurationValue {
        switch value.content {
        case .integer, .number: ConfigurationValue(.string(printed(value)), at: value.position)
        case .bool(let flag): ConfigurationValue(.string(flag ? "1" : "0"), at: value.position)
        default: value
        }
    }

    private mutating func decodeList(
        _ elements: [ConfigurationValue],
        _ kind: Key.Kind,
        _ list: ConfigurationValue,
        path: String,
        plainPath: String
    ) -> ConfigurationValue {
        let decoded = elements.enumerated().compactMap { index, element in
            decode(element, kind, path: "\(path)[\(index)]", plainPath: plainPath)
        }
        return ConfigurationValue(.list(decoded), at: list.position)
    }

    private mutating func decodeMap(
        _ members: [ConfigurationValue.Member],
        _ kind: Key.Kind,
        _ map: ConfigurationValue,
        path: String,
        plainPath: String
    ) -> ConfigurationValue {
        let decoded = members.compactMap { member -> ConfigurationValue.Member? in
            guard
                let value = decode(
                    member.value,
                    kind,
                    path: "\(path)[\(member.key)]",
                    plainPath: plainPath
                )
            else { return nil }
            return ConfigurationValue.Member(
                key: member.key,
                keyPosition: member.keyPosition,
                value: value
            )
        }
        return ConfigurationValue(.object(decoded), at: map.position)
    }
}

// MARK: texts of Consul's decoder (mitchellh/mapstructure)

extension SchemaDecoder {
    private mutating func mismatch(
        _ value: ConfigurationValue,
        _ expected: String,
        path: String
    ) -> ConfigurationValue? {
        typeErrors.append(
            ConfigurationProblem(
                "'\(path)' expected type '\(expected)', got unconvertible type "
                    + "'\(typeName(value))', value: '\(Self.printed(value))'",
                at: value.position,
                hint: Self.hint(value, expected)
            )
        )
        return nil
    }

    private static func hint(_ value: ConfigurationValue, _ expected: String) -> String? {
        switch (value.content, expected) {
        case (.string(let text), "int"), (.string(let text), "uint32"), (.string(let text), "bool"):
            Int(text) != nil || text == "true" || text == "false"
                ? "write it without quotes: \(text)" : nil
        case (.integer(0), "bool"): "write false"
        case (.integer(1), "bool"): "write true"
        case (.integer(let number), "string"): "write it in quotes: \"\(number)\""
        case (.bool(let flag), "string"): "write it in quotes: \"\(flag)\""
        default: nil
        }
    }

    private mutating func noList(_ value: ConfigurationValue, path: String) -> ConfigurationValue? {
        let isText = if case .string = value.content { true } else { false }
        typeErrors.append(
            ConfigurationProblem(
                "'\(path)': source data must be an array or slice, got \(kindName(value))",
                at: value.position,
                hint: isText ? "write a list: [\(value.hcl)]" : nil
            )
        )
        return nil
    }

    private mutating func noMap(_ value: ConfigurationValue, path: String) -> ConfigurationValue? {
        var hint: String?
        if case .list(let elements) = value.content, value.isBlockList, elements.count > 1 {
            let plural = path == "service" || path == "check"
            hint =
                plural
                ? "the second one is at \(elements[1].position); use `\(path)s` for several"
                : "the second one is at \(elements[1].position); write one block"
        }
        typeErrors.append(
            ConfigurationProblem(
                "'\(path)' expected a map, got '\(kindName(value))'",
                at: value.position,
                hint: hint
            )
        )
        return nil
    }

    private func typeName(_ value: ConfigurationValue) -> String {
        switch value.content {
        case .null: "nil"
        case .bool: "bool"
        case .integer: format == .json ? "float64" : "int"
        case .number: "float64"
        case .string: "string"
        case .list: value.isBlockList ? "[]map[string]interface {}" : "[]interface {}"
        case .object:
            format == .json ? "map[string]interface {}" : "[]map[string]interface {}"
        }
    }

    private func kindName(_ value: ConfigurationValue) -> String {
        switch value.content {
        case .list: "slice"
        case .object: format == .json ? "map" : "slice"
        default: typeName(value)
        }
    }

    // Go: fmt's %v.
    private static func printed(_ value: ConfigurationValue) -> String {
        switch value.content {
        case .null: "<nil>"
        case .bool, .integer: value.hcl
        case .number(let number):
            Int(exactly: number).map(String.init) ?? number.description
        case .string(let text): text
        case .list(let elements): "[" + elements.map(printed).joined(separator: " ") + "]"
        case .object(let members):
            "map[" + members.map { "\($0.key):\(printed($0.value))" }.joined(separator: " ") + "]"
        }
    }
}
