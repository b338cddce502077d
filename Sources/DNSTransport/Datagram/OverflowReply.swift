// SPDX-License-Identifier: Apache-2.0

/// SERVFAIL written over a query.
enum OverflowReply {
    /// The length of the reply, or 0 for octets that get none.
    ///
    /// The question is kept if it is whole; everything behind it is dropped.
    static func write(over octets: UnsafeMutableRawBufferPointer) -> Int {
        guard octets.count >= 12, unsafe octets[2] & 0x80 == 0 else { return 0 }
        let question = unsafe questionEnd(UnsafeRawBufferPointer(octets))
        unsafe octets[2] = (octets[2] & 0x79) | 0x80
        unsafe octets[3] = (octets[3] & 0x10) | 2
        for at in 4..<12 { unsafe octets[at] = 0 }
        guard let question else { return 12 }
        unsafe octets[5] = 1
        return question
    }

    private static func questionEnd(_ octets: UnsafeRawBufferPointer) -> Int? {
        guard unsafe octets[4] == 0, unsafe octets[5] == 1 else { return nil }
        var at = 12
        while at < octets.count, at < 12 + 255 {
            let length = unsafe Int(octets[at])
            if length == 0 { return at + 5 <= octets.count ? at + 5 : nil }
            guard length <= 63 else { return nil }
            at += length + 1
        }
        return nil
    }
}
