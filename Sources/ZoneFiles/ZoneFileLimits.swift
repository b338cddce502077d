// SPDX-License-Identifier: Apache-2.0

/// What the parser takes at most; each bound protects libldns's fixed buffers or our memory.
enum ZoneFileLimits {
    /// 256 MiB: some three million records.
    static let fileOctets = 256 << 20
    /// One record's text, with its comments.
    ///
    /// libldns copies it into buffers of `LDNS_MAX_PACKETLEN` (65,535) octets and answers a longer
    /// one with a truncated record or a vague error.
    static let entryOctets = 60_000
    /// One token: the longest useful one is base64 of a key; strings end at 4 × 255 octets.
    static let tokenOctets = 32_768
    /// Parentheses inside parentheses: RFC 1035 §5.1 knows one level, editors leave some more.
    static let parentheses = 16
    /// RDLENGTH is 16 bits (RFC 1035 §3.2.1).
    static let dataOctets = 65_535
    /// RFC 2181 §8: a TTL is an unsigned number of 31 bits.
    static let timeToLive: UInt32 = 0x7fff_ffff
}
