// SPDX-License-Identifier: Apache-2.0

/// RCODE, extended by EDNS to twelve bits (RFC 1035 §4.1.1, RFC 6891 §6.1.3).
public struct ResponseCode: RawRepresentable, Hashable, Sendable {
    /// The number, 0…4095.
    public let rawValue: UInt16

    /// Makes a code from its number.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// NOERROR.
    public static let noError = ResponseCode(rawValue: 0)
    /// FORMERR: the query could not be read.
    public static let formatError = ResponseCode(rawValue: 1)
    /// SERVFAIL: the server could not find the answer.
    public static let serverFailure = ResponseCode(rawValue: 2)
    /// NXDOMAIN: the name does not exist.
    public static let nameError = ResponseCode(rawValue: 3)
    /// NOTIMP: this kind of query is not supported.
    public static let notImplemented = ResponseCode(rawValue: 4)
    /// REFUSED: the server does not answer this.
    public static let refused = ResponseCode(rawValue: 5)
    /// NOTAUTH: the server has no authority for the zone.
    public static let notAuthoritative = ResponseCode(rawValue: 9)
    /// BADVERS: the EDNS version is not supported.
    public static let badVersion = ResponseCode(rawValue: 16)
}

extension ResponseCode: CustomStringConvertible {
    /// The name of the code, `RCODEn` for one without.
    public var description: String {
        switch self {
        case .noError: "NOERROR"
        case .formatError: "FORMERR"
        case .serverFailure: "SERVFAIL"
        case .nameError: "NXDOMAIN"
        case .notImplemented: "NOTIMP"
        case .refused: "REFUSED"
        case .notAuthoritative: "NOTAUTH"
        case .badVersion: "BADVERS"
        default: "RCODE\(rawValue)"
        }
    }
}
