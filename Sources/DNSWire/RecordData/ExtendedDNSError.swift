// SPDX-License-Identifier: Apache-2.0

/// Why an answer is as it is, for the person who reads it (RFC 8914).
///
/// It travels as an option of the OPT record and changes no answer.
public struct ExtendedDNSError: Hashable, Sendable {
    /// INFO-CODE (RFC 8914 §4 and the IANA registry).
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The number on the wire.
        public var rawValue: UInt16

        /// Makes a code from its number.
        public init(rawValue: UInt16) { self.rawValue = rawValue }

        /// 0: none of the others.
        public static let other = Code(rawValue: 0)
        /// 3: data kept past their time (RFC 8767).
        public static let staleAnswer = Code(rawValue: 3)
        /// 4: an answer that was made up by policy.
        public static let forgedAnswer = Code(rawValue: 4)
        /// 13: a failure from the cache (RFC 9520).
        public static let cachedError = Code(rawValue: 13)
        /// 18: the client may not ask this.
        public static let prohibited = Code(rawValue: 18)
        /// 19: a name error kept past its time (RFC 8767).
        public static let staleNameErrorAnswer = Code(rawValue: 19)
        /// 20: this server is not the one to ask.
        public static let notAuthoritative = Code(rawValue: 20)
        /// 22: no server for the name could be reached.
        public static let noReachableAuthority = Code(rawValue: 22)
        /// 23: the network failed on the way to a server.
        public static let networkError = Code(rawValue: 23)
        /// 24: data are not valid.
        public static let invalidData = Code(rawValue: 24)
    }

    /// The most octets of EXTRA-TEXT that are written: the option stays small.
    public static let maximumTextLength = 128

    /// INFO-CODE.
    public var code: Code
    /// EXTRA-TEXT, UTF-8 without a final NUL; empty for none.
    public var text: String

    /// Makes an extended error.
    public init(_ code: Code, text: String = "") {
        self.code = code
        self.text = text
    }

    /// Reads an option of an OPT record; `nil` for another option or one shorter than its code.
    public init?(_ option: EDNSOption) {
        guard option.code == EDNSOption.extendedErrorCode, option.data.count >= 2 else {
            return nil
        }
        code = Code(rawValue: UInt16(option.data[0]) << 8 | UInt16(option.data[1]))
        var text = option.data.dropFirst(2)
        // RFC 8914 §2: a final NUL may be there and does not count.
        if text.last == 0 { text.removeLast() }
        self.text = String(decoding: text, as: UTF8.self)
    }

    /// The option that says this; the text is cut at ``maximumTextLength``, between characters.
    public var option: EDNSOption {
        var octets: [UInt8] = [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xff)]
        for character in text.unicodeScalars {
            let next = Array(String(character).utf8)
            guard octets.count - 2 + next.count <= Self.maximumTextLength else { break }
            octets += next
        }
        return EDNSOption(code: EDNSOption.extendedErrorCode, data: octets)
    }
}

extension EDNS {
    /// The extended errors of the message, in their order (RFC 8914 §2: there may be several).
    public var extendedErrors: [ExtendedDNSError] { options.compactMap(ExtendedDNSError.init) }
}
