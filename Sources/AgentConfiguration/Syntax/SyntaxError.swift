// SPDX-License-Identifier: Apache-2.0

/// A text that is neither HCL nor JSON: what is wrong and where.
public struct SyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, in the words of Consul's parsers.
    public var message: String
    /// The line, from 1.
    public var line: Int
    /// The column in characters, from 1.
    public var column: Int
    /// Whether Consul's text begins with the place (HCL does, JSON does not).
    public var namesPlace: Bool

    /// `At 3:12: …` for HCL, the message alone for JSON.
    public var description: String {
        namesPlace ? "At \(line):\(column): \(message)" : message
    }
}

/// The limits of configuration texts: far above what people write, far below what harms.
public enum SyntaxLimits {
    /// The longest text, in octets.
    public static let maximumSize = 8 << 20
    /// The deepest nesting of objects and lists.
    public static let maximumDepth = 100
}
