// SPDX-License-Identifier: Apache-2.0

/// Booleans in queries, as Go's `strconv.ParseBool` reads them.
enum GoBool {
    static func parse(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }
}
