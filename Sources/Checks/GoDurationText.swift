// SPDX-License-Identifier: Apache-2.0

extension Duration {
    /// The duration in whole nanoseconds, or the nearest end of what 64 bits can hold.
    public var nanosecondsClamped: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        if overflow || carry { return seconds < 0 ? .min : .max }
        return sum
    }

    /// The text that Go prints for this duration: `500ms`, `30s`, `1m30s`, `1h0m0s`.
    ///
    /// Outputs of checks carry such texts, and people search for them.
    public var goText: String {
        let nanoseconds = nanosecondsClamped
        let sign = nanoseconds < 0 ? "-" : ""
        let value = nanoseconds.magnitude
        switch value {
        case 0: return "0s"
        case 1..<1_000: return "\(sign)\(value)ns"
        case 1_000..<1_000_000: return sign + Self.decimal(value, per: 1_000) + "µs"
        case 1_000_000..<1_000_000_000: return sign + Self.decimal(value, per: 1_000_000) + "ms"
        default:
            let minute: UInt64 = 60_000_000_000
            let seconds = Self.decimal(value % minute, per: 1_000_000_000) + "s"
            let minutes = value / minute
            if minutes == 0 { return sign + seconds }
            if minutes < 60 { return "\(sign)\(minutes)m\(seconds)" }
            return "\(sign)\(minutes / 60)h\(minutes % 60)m\(seconds)"
        }
    }

    private static func decimal(_ value: UInt64, per unit: UInt64) -> String {
        var digits = String(unit + value % unit).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return digits.isEmpty ? "\(value / unit)" : "\(value / unit).\(digits)"
    }
}
