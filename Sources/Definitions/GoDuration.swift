// SPDX-License-Identifier: Apache-2.0

/// Durations as Consul reads and writes them: Go's `time.ParseDuration` and `Duration.String`.
public enum GoDuration {
    /// Reads `"10s"`, `"1h30m"`, `"15.0s"`, `"-1ms"`; units ns, us, µs, ms, s, m, h.
    ///
    /// - Throws: ``GoDurationError`` with Go's own text.
    public static func parse(_ text: String) throws(GoDurationError) -> Duration {
        var rest = Array(text.utf8)[...]
        var isNegative = false
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            rest = rest.dropFirst()
        }
        // Go: "0" needs no unit.
        if rest.elementsEqual([UInt8(ascii: "0")]) { return .zero }
        guard !rest.isEmpty else { throw .invalid(text) }
        var total: Int64 = 0
        while !rest.isEmpty {
            let part = try readPart(&rest, of: text)
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { throw .invalid(text) }
            total = sum
        }
        return .nanoseconds(isNegative ? -total : total)
    }

    /// Writes a duration as Go does: `"0s"`, `"1.5s"`, `"100ms"`, `"1h0m0s"`.
    public static func print(_ duration: Duration) -> String {
        let total = nanoseconds(duration)
        guard total != 0 else { return "0s" }
        let sign = total < 0 ? "-" : ""
        let amount = total.magnitude
        if amount < 1_000 { return "\(sign)\(amount)ns" }
        if amount < 1_000_000 { return sign + decimal(amount, unit: 1_000) + "µs" }
        if amount < 1_000_000_000 { return sign + decimal(amount, unit: 1_000_000) + "ms" }
        let minutes = amount / 60_000_000_000
        let seconds = decimal(amount % 60_000_000_000, unit: 1_000_000_000) + "s"
        if minutes == 0 { return sign + seconds }
        if minutes < 60 { return "\(sign)\(minutes)m\(seconds)" }
        return "\(sign)\(minutes / 60)h\(minutes % 60)m\(seconds)"
    }

    /// The duration in nanoseconds, kept inside 64 bits.
    public static func nanoseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, second) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        guard !overflow, !second else { return seconds < 0 ? .min : .max }
        return sum
    }

    private static func readPart(
        _ rest: inout ArraySlice<UInt8>,
        of text: String
    ) throws(GoDurationError) -> Int64 {
        var whole: Int64 = 0
        var fraction = 0.0
        var scale = 1.0
        var digits = 0
        while let digit = rest.first, isDigit(digit) {
            let (ten, tooBig) = whole.multipliedReportingOverflow(by: 10)
            let (sum, tooBigToo) = ten.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
            guard !tooBig, !tooBigToo else { throw .invalid(text) }
            whole = sum
            digits += 1
            rest = rest.dropFirst()
        }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            while let digit = rest.first, isDigit(digit) {
                if scale < 1e17 {
                    fraction = fraction * 10 + Double(digit - UInt8(ascii: "0"))
                    scale *= 10
                }
                digits += 1
                rest = rest.dropFirst()
            }
        }
        guard digits > 0 else { throw .invalid(text) }
        let letters = rest.prefix { $0 != UInt8(ascii: ".") && !isDigit($0) }
        rest = rest.dropFirst(letters.count)
        guard !letters.isEmpty else { throw .missingUnit(text) }
        let unit = String(decoding: letters, as: UTF8.self)
        guard let size = unitSizes[unit] else { throw .unknownUnit(unit, text) }
        let (product, overflow) = whole.multipliedReportingOverflow(by: size)
        let (sum, second) = product.addingReportingOverflow(
            Int64(fraction * (Double(size) / scale))
        )
        guard !overflow, !second else { throw .invalid(text) }
        return sum
    }

    private static let unitSizes: [String: Int64] = [
        "ns": 1, "us": 1_000, "µs": 1_000, "μs": 1_000, "ms": 1_000_000,
        "s": 1_000_000_000, "m": 60_000_000_000, "h": 3_600_000_000_000,
    ]

    private static func isDigit(_ octet: UInt8) -> Bool {
        octet >= UInt8(ascii: "0") && octet <= UInt8(ascii: "9")
    }

    private static func decimal(_ amount: UInt64, unit: UInt64) -> String {
        let rest = amount % unit
        guard rest != 0 else { return "\(amount / unit)" }
        let digits = String(rest + unit).dropFirst()
        let kept = digits.reversed().drop { $0 == "0" }.reversed()
        return "\(amount / unit)." + String(kept)
    }
}

/// Why a text is no duration; the description is Go's.
public enum GoDurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No duration at all, or one beyond 64 bits of nanoseconds.
    case invalid(String)
    /// A number without a unit.
    case missingUnit(String)
    /// A unit that Go does not know.
    case unknownUnit(String, String)

    /// Go's text.
    public var description: String {
        switch self {
        case .invalid(let text): "time: invalid duration \"\(text)\""
        case .missingUnit(let text): "time: missing unit in duration \"\(text)\""
        case .unknownUnit(let unit, let text):
            "time: unknown unit \"\(unit)\" in duration \"\(text)\""
        }
    }
}
