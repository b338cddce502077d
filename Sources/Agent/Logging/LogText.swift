// SPDX-License-Identifier: Apache-2.0

/// Texts as lines of the log may hold them: what others chose never makes a line of its own, and
/// nothing that a terminal would obey.
enum LogText {
    /// The text with control characters escaped (`\\n`, `\\u001b`).
    static func plain(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var result = ""
        for scalar in text.unicodeScalars { append(scalar, to: &result) }
        return result
    }

    /// The text as the value of a key: in quotes when it has spaces, quotes or control characters
    /// (Consul: hclog).
    static func value(_ text: String) -> String {
        let needsQuotes = text.unicodeScalars.contains {
            $0 == " " || $0 == "\"" || isControl($0)
        }
        return needsQuotes ? quoted(text) : text
    }

    /// The text as a JSON string.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            default: append(scalar, to: &result)
            }
        }
        return result + "\""
    }

    private static func append(_ scalar: Unicode.Scalar, to result: inout String) {
        switch scalar {
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case _ where isControl(scalar):
            let hex = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
        default: result.unicodeScalars.append(scalar)
        }
    }

    /// C0, DEL and C1, and what ends a line in Unicode.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
            || scalar.value == 0x2028 || scalar.value == 0x2029
    }
}
