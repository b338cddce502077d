// SPDX-License-Identifier: Apache-2.0

/// CLASS or QCLASS (RFC 1035 §3.2.4, RFC 6895 §3.2).
public struct RecordClass: RawRepresentable, Hashable, Sendable {
    /// The number.
    public let rawValue: UInt16

    /// Makes a class from its number.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// The Internet.
    public static let `in` = RecordClass(rawValue: 1)
    /// Chaos.
    public static let ch = RecordClass(rawValue: 3)
    /// Hesiod.
    public static let hs = RecordClass(rawValue: 4)
    /// No class (RFC 2136).
    public static let none = RecordClass(rawValue: 254)
    /// Any class.
    public static let any = RecordClass(rawValue: 255)
}

extension RecordClass: CustomStringConvertible {
    /// The name of the class, `CLASSn` for one without (RFC 3597 §5).
    public var description: String {
        switch self {
        case .in: "IN"
        case .ch: "CH"
        case .hs: "HS"
        case .none: "NONE"
        case .any: "ANY"
        default: "CLASS\(rawValue)"
        }
    }
}
