// SPDX-License-Identifier: Apache-2.0

/// Texts in quotes, as Go's `%q` writes ordinary text.
public enum GoQuoted {
    /// The text with quotes around it; quotes and backslashes inside are escaped.
    public static func text(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { result.append("\\") }
            result.unicodeScalars.append(scalar)
        }
        return result + "\""
    }
}
