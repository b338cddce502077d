// SPDX-License-Identifier: Apache-2.0

/// An option of an OPT record (RFC 6891 §6.1.2).
public struct EDNSOption: Hashable, Sendable {
    /// The code of the client-subnet option (RFC 7871).
    public static let clientSubnetCode: UInt16 = 8
    /// The code of the extended-error option (RFC 8914).
    public static let extendedErrorCode: UInt16 = 15

    /// OPTION-CODE.
    public var code: UInt16
    /// OPTION-DATA.
    public var data: [UInt8]

    /// Makes an option.
    public init(code: UInt16, data: [UInt8]) {
        self.code = code
        self.data = data
    }
}
