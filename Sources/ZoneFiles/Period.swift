// SPDX-License-Identifier: Apache-2.0

/// Times to live and the periods of SOA, in seconds or with BIND's units.
enum Period {
    /// The seconds of `3600`, `1h`, `1h30m`; nil if the text is none or exceeds RFC 2181 §8.
    static func parse(_ text: [UInt8]) -> UInt32? {
        var total: UInt64 = 0
        var value: UInt64?
        for octet in text {
            if isDigit(octet) {
                let next = (value ?? 0) * 10 + UInt64(octet - UInt8(ascii: "0"))
                guard next <= UInt64(ZoneFileLimits.timeToLive) else { return nil }
                value = next
            } else {
                guard let number = value, let unit = seconds(of: octet) else { return nil }
                total += number * unit
                value = nil
                guard total <= UInt64(ZoneFileLimits.timeToLive) else { return nil }
            }
        }
        guard !text.isEmpty else { return nil }
        total += value ?? 0
        return total <= UInt64(ZoneFileLimits.timeToLive) ? UInt32(total) : nil
    }

    private static func seconds(of unit: UInt8) -> UInt64? {
        switch unit | 0x20 {
        case UInt8(ascii: "s"): 1
        case UInt8(ascii: "m"): 60
        case UInt8(ascii: "h"): 3600
        case UInt8(ascii: "d"): 86_400
        case UInt8(ascii: "w"): 604_800
        default: nil
        }
    }
}
