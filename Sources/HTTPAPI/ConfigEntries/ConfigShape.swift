// SPDX-License-Identifier: Apache-2.0
import Definitions

/// What a value of a config entry must look like (HTTP API 5.15).
///
/// The members of all kinds are tables of these; one reader checks and orders values by them.
indirect enum ConfigShape: Sendable {
    case text
    case integer
    case number
    case boolean
    /// Go's text, or nanoseconds.
    case duration
    /// Kept as it is.
    case any
    case list(ConfigShape)
    case map(ConfigShape)
    case object([ConfigMember])
}

/// A member of an object in a config entry.
struct ConfigMember: Sendable {
    /// Consul's name in CamelCase; a body may spell it in snake_case too.
    let name: String
    let shape: ConfigShape
    /// Whether it is shown when it has nothing in it, as its empty value.
    let isAlwaysShown: Bool
    /// Whether an object without members, if it was written, is kept: that it is there says
    /// something (Consul: a pointer).
    let countsWhenEmpty: Bool

    /// A member that is left out when empty.
    init(_ name: String, _ shape: ConfigShape) {
        self.init(name, shape, isAlwaysShown: false, countsWhenEmpty: false)
    }

    private init(
        _ name: String,
        _ shape: ConfigShape,
        isAlwaysShown: Bool,
        countsWhenEmpty: Bool
    ) {
        self.name = name
        self.shape = shape
        self.isAlwaysShown = isAlwaysShown
        self.countsWhenEmpty = countsWhenEmpty
    }

    /// A member that is shown when empty too.
    static func always(_ name: String, _ shape: ConfigShape) -> ConfigMember {
        ConfigMember(name, shape, isAlwaysShown: true, countsWhenEmpty: false)
    }

    /// An object that is left out when it was not written, and kept when it was, be it empty.
    static func block(_ name: String, _ members: [ConfigMember]) -> ConfigMember {
        ConfigMember(name, .object(members), isAlwaysShown: false, countsWhenEmpty: true)
    }

    /// Whether a name in a body means this member.
    func matches(_ spelling: String) -> Bool { Self.plain(spelling) == Self.plain(name) }

    // Consul translates snake_case and compares without case: what is left is the letters.
    private static func plain(_ name: String) -> [UInt8] {
        name.utf8.compactMap { octet in
            switch octet {
            case UInt8(ascii: "_"): nil
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): octet | 0x20
            default: octet
            }
        }
    }
}

extension ConfigShape {
    /// The value as it is kept: members by their names and in the order of the table, empty ones
    /// left out unless they are always shown.
    ///
    /// - Throws: what is wrong and where.
    func normalized(_ value: JSONValue, at path: String) throws(BodyError) -> JSONValue {
        switch (self, value) {
        case (.any, _), (.text, .string), (.boolean, .bool): return value
        case (.integer, .number(let text)) where Int(text) != nil: return value
        case (.number, .number): return value
        case (.text, _), (.integer, _), (.number, _), (.boolean, _):
            if let converted = converted(value) { return converted }
        case (.duration, .string(let text)):
            do { _ = try GoDuration.parse(text) } catch {
                throw BodyError("error decoding '\(path)': \(error)")
            }
            return value
        case (.duration, .number(let text)):
            guard let nanoseconds = Int64(text) else { break }
            return .string(GoDuration.print(.nanoseconds(nanoseconds)))
        case (.list(let shape), .array(let elements)):
            var result: [JSONValue] = []
            for (index, element) in elements.enumerated() {
                result.append(try shape.normalized(element, at: "\(path)[\(index)]"))
            }
            return .array(result)
        // A block that stands alone in HCL; a block where there may be but one.
        case (.list(let shape), _) where value != .null:
            return .array([try shape.normalized(value, at: "\(path)[0]")])
        case (.map, .array(let elements)) where elements.count == 1,
            (.object, .array(let elements)) where elements.count == 1:
            return try normalized(elements[0], at: path)
        case (.map(let shape), .object(let members)):
            var result: [JSONMember] = []
            for member in members {
                let inner = try shape.normalized(member.value, at: "\(path)[\(member.name)]")
                result.append(JSONMember(name: member.name, value: inner))
            }
            return .object(result.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
        case (.object(let table), .object(let members)):
            return try Self.normalized(members, by: table, at: path)
        default: break
        }
        throw BodyError("'\(path)' expected \(expectation), got \(value.kind)")
    }

    private static func normalized(
        _ members: [JSONMember],
        by table: [ConfigMember],
        at path: String
    ) throws(BodyError) -> JSONValue {
        let prefix = path.isEmpty ? "" : path + "."
        if let unknown = members.first(where: { member in
            !table.contains { $0.matches(member.name) }
        }) {
            // Consul: the text of a multierror.
            throw BodyError(
                "1 error occurred:\n\t* invalid config key \"\(prefix)\(unknown.name)\"\n\n"
            )
        }
        var result: [JSONMember] = []
        for member in table {
            let given = members.last { member.matches($0.name) }?.value ?? .null
            if given.isEmpty, !(member.countsWhenEmpty && given == .object([])) {
                guard member.isAlwaysShown else { continue }
                result.append(JSONMember(name: member.name, value: member.shape.emptyValue))
                continue
            }
            let value = try member.shape.normalized(given, at: prefix + member.name)
            result.append(JSONMember(name: member.name, value: value))
        }
        return .object(result)
    }

    /// A plain value as one of another type, as Consul's weak decoding has it (spec cli.md 8.2).
    private func converted(_ value: JSONValue) -> JSONValue? {
        switch (self, value) {
        case (.text, .number(let text)): .string(text)
        case (.text, .bool(let flag)): .string(flag ? "1" : "0")
        case (.integer, .string(let text)): Int(text).map { .number(String($0)) }
        case (.integer, .bool(let flag)), (.number, .bool(let flag)): .number(flag ? "1" : "0")
        // JSON has whole numbers with a fraction; Go cuts it off.
        case (.integer, .number(let text)):
            Double(text).flatMap { Int(exactly: $0.rounded(.towardZero)) }
                .map { .number(String($0)) }
        case (.number, .string(let text)):
            Int(text).map { .number(String($0)) }
                ?? Double(text).flatMap { $0.isFinite ? .number(String($0)) : nil }
        case (.boolean, .string(let text)): GoBool.parse(text).map { .bool($0) }
        case (.boolean, .number(let text)): Double(text).map { .bool($0 != 0) }
        default: nil
        }
    }

    /// What is shown where nothing was given.
    private var emptyValue: JSONValue {
        switch self {
        case .text, .duration: .string("")
        case .integer, .number: .number("0")
        case .boolean: .bool(false)
        case .any, .list, .map: .null
        case .object(let table):
            .object(
                table.filter(\.isAlwaysShown).map {
                    JSONMember(name: $0.name, value: $0.shape.emptyValue)
                }
            )
        }
    }

    private var expectation: String {
        switch self {
        case .any: "a value"
        case .text: "a string"
        case .integer: "an integer"
        case .number: "a number"
        case .boolean: "a bool"
        case .duration: "a duration such as \"10s\""
        case .list: "an array"
        case .map, .object: "an object"
        }
    }
}

extension JSONValue {
    /// Whether the value is Go's zero value of its kind.
    var isEmpty: Bool {
        [.null, .string(""), .number("0"), .bool(false), .array([]), .object([])].contains(self)
    }
}
