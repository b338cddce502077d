// SPDX-License-Identifier: Apache-2.0

/// A value of a configuration text with the place where it was written: one tree for HCL, JSON
/// and flags.
public struct ConfigurationValue: Sendable {
    /// What was written.
    public indirect enum Content: Sendable, Hashable {
        /// JSON's `null`: treated as if the key were absent.
        case null
        /// A truth value.
        case bool(Bool)
        /// A number without fraction.
        case integer(Int)
        /// A number with fraction or exponent.
        case number(Double)
        /// A text.
        case string(String)
        /// `[ … ]`, or an HCL key that was written several times.
        case list([ConfigurationValue])
        /// `{ … }`; keys are unique, in the order in which they were first written.
        case object([Member])
    }

    /// A key with its value.
    public struct Member: Sendable, Hashable {
        /// The key as written.
        public var key: String
        /// Where the key stands.
        public var keyPosition: SourcePosition
        /// The value.
        public var value: ConfigurationValue

        /// Makes a member.
        public init(key: String, keyPosition: SourcePosition, value: ConfigurationValue) {
            self.key = key
            self.keyPosition = keyPosition
            self.value = value
        }
    }

    /// What was written.
    public var content: Content
    /// Where it begins.
    public var position: SourcePosition
    /// Whether a list came about by repeating blocks (HCL), not by brackets.
    public var isBlockList = false

    /// Makes a value.
    public init(_ content: Content, at position: SourcePosition) {
        self.content = content
        self.position = position
    }
}

extension ConfigurationValue: Hashable {
    /// Equality of what was written; positions do not count.
    public static func == (left: Self, right: Self) -> Bool { left.content == right.content }

    /// Hashes what was written.
    public func hash(into hasher: inout Hasher) { hasher.combine(content) }
}

extension ConfigurationValue.Member {
    /// Equality of key and value; positions do not count.
    public static func == (left: Self, right: Self) -> Bool {
        left.key == right.key && left.value == right.value
    }

    /// Hashes key and value.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(key)
        hasher.combine(value)
    }
}

extension ConfigurationValue {
    /// The value in HCL notation on one line; parsing it gives an equal value.
    public var hcl: String {
        switch content {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        case .number(let number): Self.print(number)
        case .string(let text): Self.quote(text)
        case .list(let elements): "[" + elements.map(\.hcl).joined(separator: ", ") + "]"
        case .object(let members):
            members.isEmpty
                ? "{}"
                : "{ "
                    + members.map { "\(Self.quote($0.key)) = \($0.value.hcl)" }
                    .joined(separator: ", ") + " }"
        }
    }

    /// The value as compact JSON text; parsing it gives an equal value.
    public var json: String {
        switch content {
        case .null, .bool, .integer, .number: hcl
        case .string(let text): Self.quote(text, forJSON: true)
        case .list(let elements): "[" + elements.map(\.json).joined(separator: ",") + "]"
        case .object(let members):
            "{"
                + members.map { "\(Self.quote($0.key, forJSON: true)):\($0.value.json)" }
                .joined(separator: ",") + "}"
        }
    }

    // Both grammars want a digit after the dot and take an exponent.
    private static func print(_ number: Double) -> String {
        number.isFinite ? number.description : "0.0"
    }

    private static func quote(_ text: String, forJSON: Bool = false) -> String {
        var result = "\""
        var previousIsDollar = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            // HCL copies ${…} verbatim, so a brace after a dollar is written as an escape.
            case "{" where previousIsDollar && !forJSON: result += "\\x7b"
            case "\u{e123}": result += "\\ue123"
            case let control where control.value < 0x20 || control.value == 0x7f:
                result += "\\u00" + Self.hexadecimal(control.value)
            default: result.unicodeScalars.append(scalar)
            }
            previousIsDollar = scalar == "$"
        }
        return result + "\""
    }

    private static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return digits.count < 2 ? "0" + digits : digits
    }
}
