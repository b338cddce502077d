// SPDX-License-Identifier: Apache-2.0

/// A JSON value as it was read: members keep their order, numbers their text.
enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([JSONMember])

    /// What Go calls this value in its error texts.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "bool"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }

    /// Compact JSON text of the value, the members of objects in octet order of their names, as
    /// Go writes a map.
    var compactText: String { sorted.orderedText }

    /// Compact JSON text of the value, the members of objects in their order.
    var orderedText: String {
        var writer = JSONWriter()
        writer.value(self)
        return String(decoding: writer.text, as: UTF8.self)
    }

    private var sorted: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.sorted))
        case .object(let members):
            .object(
                members.map { JSONMember(name: $0.name, value: $0.value.sorted) }
                    .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            )
        default: self
        }
    }
}

/// A member of a JSON object.
struct JSONMember: Hashable, Sendable {
    /// The name as written.
    var name: String
    /// The value.
    var value: JSONValue

    /// Makes a member.
    init(name: String, value: JSONValue) {
        self.name = name
        self.value = value
    }
}

/// Why a text is no JSON; the description is Go's text.
enum JSONSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nothing but white space.
    case empty
    /// The text ends inside the value.
    case unexpectedEnd
    /// A character that cannot stand where it stands.
    case invalidCharacter(String, context: String)
    /// Arrays and objects nested too deeply.
    case tooDeep

    /// Go's text.
    var description: String {
        switch self {
        case .empty: "EOF"
        case .unexpectedEnd: "unexpected EOF"
        case .invalidCharacter(let character, let context):
            "invalid character \(character) \(context)"
        case .tooDeep: "exceeded max depth"
        }
    }
}
