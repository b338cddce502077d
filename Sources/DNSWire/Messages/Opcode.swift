// SPDX-License-Identifier: Apache-2.0

/// OPCODE: what kind of query a message is (RFC 1035 §4.1.1, RFC 6895 §2.2); four bits.
public struct Opcode: RawRepresentable, Hashable, Sendable {
    /// The number, 0…15.
    public let rawValue: UInt8

    /// Makes an opcode from its number.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// An ordinary query.
    public static let query = Opcode(rawValue: 0)
    /// An inverse query (retired by RFC 3425).
    public static let inverseQuery = Opcode(rawValue: 1)
    /// A status request.
    public static let status = Opcode(rawValue: 2)
    /// News of a zone change (RFC 1996).
    public static let notify = Opcode(rawValue: 4)
    /// A dynamic update (RFC 2136).
    public static let update = Opcode(rawValue: 5)
}

extension Opcode: CustomStringConvertible {
    /// The name of the opcode, `OPCODEn` for one without.
    public var description: String {
        switch self {
        case .query: "QUERY"
        case .inverseQuery: "IQUERY"
        case .status: "STATUS"
        case .notify: "NOTIFY"
        case .update: "UPDATE"
        default: "OPCODE\(rawValue)"
        }
    }
}
