// SPDX-License-Identifier: Apache-2.0
internal import Definitions

/// Reads typed settings from the merged tree and gathers what is wrong with their values.
///
/// The tree's kinds were checked before, so a wrong kind cannot occur; it reads as absent.
struct SettingsReader {
    let tree: Tree
    private(set) var problems: [ConfigurationProblem] = []

    init(_ tree: Tree) { self.tree = tree }

    mutating func report(_ text: String, at path: String, hint: String? = nil) {
        problems.append(ConfigurationProblem(text, at: position(path), hint: hint))
    }

    mutating func add(_ problem: ConfigurationProblem) { problems.append(problem) }

    /// Where the value at a path was written; `nil` for defaults.
    func position(_ path: String) -> SourcePosition? {
        guard let position = tree[path]?.position, position.file != Tree.defaultName else {
            return nil
        }
        return position
    }

    func boolIfSet(_ path: String) -> Bool? {
        guard case .bool(let flag)? = tree[path]?.content else { return nil }
        return flag
    }

    func bool(_ path: String) -> Bool { boolIfSet(path) ?? false }

    func integerIfSet(_ path: String) -> Int? {
        guard case .integer(let number)? = tree[path]?.content else { return nil }
        return number
    }

    func integer(_ path: String) -> Int { integerIfSet(path) ?? 0 }

    func number(_ path: String) -> Double {
        switch tree[path]?.content {
        case .number(let number): number
        case .integer(let number): Double(number)
        default: 0
        }
    }

    func unsigned(_ path: String) -> UInt32 { UInt32(exactly: integer(path)) ?? 0 }

    func string(_ path: String) -> String {
        guard case .string(let text)? = tree[path]?.content else { return "" }
        return text
    }

    func strings(_ path: String) -> [String] { tree[path]?.strings ?? [] }

    func stringMap(_ path: String) -> [String: String] { tree[path]?.stringMap ?? [:] }

    // Consul: durationVal.
    mutating func duration(_ path: String) -> Duration {
        guard case .string(let text)? = tree[path]?.content else { return .zero }
        return parseDuration(text, named: path, at: position(path)) ?? .zero
    }

    mutating func parseDuration(
        _ text: String,
        named name: String,
        at position: SourcePosition?
    ) -> Duration? {
        do { return try GoDuration.parse(text) } catch {
            add(
                ConfigurationProblem(
                    "\(name): invalid duration: \"\(text)\": \(error)",
                    at: position,
                    hint: Int(text) != nil ? "write a unit: \"\(text)s\"" : nil
                )
            )
            return nil
        }
    }

    // Consul: portVal; 0 and less mean "off".
    mutating func port(_ path: String) -> Int {
        guard let number = integerIfSet(path), number > 0 else { return -1 }
        guard number <= 65535 else {
            report("\(path): invalid port: \(number)", at: path)
            return -1
        }
        return number
    }
}

extension ConfigurationValue {
    /// The texts of a list of texts.
    var strings: [String] {
        guard case .list(let elements) = content else { return [] }
        return elements.compactMap {
            guard case .string(let text) = $0.content else { return nil }
            return text
        }
    }

    /// The pairs of a map of texts; the last one of a key counts.
    var stringMap: [String: String] {
        guard case .object(let members) = content else { return [:] }
        var result: [String: String] = [:]
        for member in members {
            guard case .string(let text) = member.value.content else { continue }
            result[member.key] = text
        }
        return result
    }
}

extension Tree {
    /// What stands in place of a file for built-in values.
    static let defaultName = "default"
}
