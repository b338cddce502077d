// SPDX-License-Identifier: Apache-2.0

/// A reply without records that says TC, written over a query: never longer than the query is.
///
/// The question stays, since stub resolvers take no reply without it, and so does an OPT record
/// right behind it (RFC 6891 §6.1.1), without options.
enum TruncatedReply {
    /// Whether octets are a query that could get a reply.
    static func isQuery(_ octets: UnsafeMutableRawBufferPointer) -> Bool {
        guard octets.count >= 12 else { return false }
        return unsafe octets[2] & 0x80 == 0
    }

    /// The length of the reply; the octets are a query.
    static func write(over octets: UnsafeMutableRawBufferPointer) -> Int {
        let counts = unsafe octets[6] | octets[7] | octets[8] | octets[9] | octets[10]
        let hasMore = unsafe counts == 0 && octets[11] == 1
        let end = unsafe OverflowReply.write(over: octets)
        // NOERROR and TC (RFC 1035 §4.1.1).
        unsafe octets[2] |= 2
        unsafe octets[3] &= 0xf0
        // Root, type OPT, our payload size, version 0, DO as it came (RFC 3225), no options.
        guard hasMore, end > 12, octets.count >= end + 11,
            unsafe octets[end] == 0, unsafe octets[end + 1] == 0, unsafe octets[end + 2] == 41
        else { return end }
        unsafe octets[11] = 1
        unsafe octets[end + 3] = 0x04
        unsafe octets[end + 4] = 0xd0
        unsafe octets[end + 7] &= 0x80
        for at in 5...10 where at != 7 { unsafe octets[end + at] = 0 }
        return end + 11
    }
}
