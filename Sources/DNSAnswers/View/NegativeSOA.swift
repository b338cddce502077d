// SPDX-License-Identifier: Apache-2.0

/// The SOA of negative replies (spec/dns.md 2.7) in wire form, with pointers to the domain in the
/// question.
///
/// All three names end in the domain, so only three offsets are missing.
///
/// | 0 | 2 | 12 | 17 | 30 | 34 |
/// |---|---|---|---|---|---|
/// | owner pointer | type … RDLENGTH | `ns` pointer | `hostmaster` pointer | serial | refresh … |
enum NegativeSOA {
    /// The octets of the record.
    static let size = 50
    /// Where the owner's pointer is.
    static let ownerOffset = 0
    /// Where the pointer of the primary server's name is.
    static let primaryOffset = 15
    /// Where the pointer of the mailbox is.
    static let mailboxOffset = 28
    /// Where the serial is.
    static let serialOffset = 30
    /// What stands between the owner and RDATA, RDLENGTH last.
    static let fixedSize = 10
    /// RDATA with both pointers.
    static let dataSize = 38

    /// The record with pointers to 0 and serial 0.
    static func template(_ settings: DNSSettings) -> [UInt8] {
        var octets: [UInt8] = [0xc0, 0, 0, 6, 0, 1]
        octets += bigEndian(settings.soaMinimumTTL) + [0, UInt8(dataSize)]
        octets += [2] + Array("ns".utf8) + [0xc0, 0]
        octets += [10] + Array("hostmaster".utf8) + [0xc0, 0]
        octets += [0, 0, 0, 0] + bigEndian(settings.soaRefresh) + bigEndian(settings.soaRetry)
        octets += bigEndian(settings.soaExpire) + bigEndian(settings.soaMinimumTTL)
        return octets
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
