// SPDX-License-Identifier: Apache-2.0

/// Lays JSON out anew without reading what it says: blanks outside of strings go and come, all
/// else stays octet for octet.
///
/// Text that is no JSON becomes other text that is none; nothing here can fail.
enum JSONLayout {
    private static let quote = UInt8(ascii: "\"")
    private static let comma = UInt8(ascii: ",")

    /// The text without blanks.
    static func compact(_ text: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var scan = Scan()
        for octet in text {
            scan.take(octet)
            if scan.isInString || !isBlank(octet) { result.append(octet) }
        }
        return result
    }

    /// Compact text with a line for each member and element, four spaces a level; what is empty
    /// stays `[]` or `{}`.
    static func indented(_ compact: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var scan = Scan()
        func newLine(_ depth: Int, _ result: inout [UInt8]) {
            result.append(UInt8(ascii: "\n"))
            result.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 4 * max(0, depth)))
        }
        for (place, octet) in compact.enumerated() {
            let wasInString = scan.isInString
            scan.take(octet)
            if wasInString || scan.isInString {
                result.append(octet)
                continue
            }
            let next = place + 1 < compact.count ? compact[place + 1] : 0
            let before = place > 0 ? compact[place - 1] : 0
            switch octet {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                result.append(octet)
                if !isClosing(next) { newLine(scan.depth, &result) }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if !isOpening(before) { newLine(scan.depth, &result) }
                result.append(octet)
            case comma:
                result.append(octet)
                newLine(scan.depth, &result)
            case UInt8(ascii: ":"): result += [octet, UInt8(ascii: " ")]
            default: result.append(octet)
            }
        }
        return result
    }

    /// The elements of a compact array; none for anything else.
    static func elements(of compact: [UInt8]) -> [ArraySlice<UInt8>] {
        guard compact.count > 2, compact.first == UInt8(ascii: "["),
            compact.last == UInt8(ascii: "]")
        else { return [] }
        var elements: [ArraySlice<UInt8>] = []
        var scan = Scan()
        var start = 1
        for (place, octet) in compact.enumerated().dropLast() {
            scan.take(octet)
            guard octet == comma, scan.depth == 1, !scan.isInString else { continue }
            elements.append(compact[start..<place])
            start = place + 1
        }
        elements.append(compact[start..<compact.count - 1])
        return elements
    }

    /// An array of elements that are compact.
    static func array(_ elements: [ArraySlice<UInt8>]) -> [UInt8] {
        [UInt8(ascii: "[")] + elements.joined(separator: [comma]) + [UInt8(ascii: "]")]
    }

    private static func isBlank(_ octet: UInt8) -> Bool {
        octet == 0x20 || octet == 0x09 || octet == 0x0a || octet == 0x0d
    }

    private static func isOpening(_ octet: UInt8) -> Bool {
        octet == UInt8(ascii: "{") || octet == UInt8(ascii: "[")
    }

    private static func isClosing(_ octet: UInt8) -> Bool {
        octet == UInt8(ascii: "}") || octet == UInt8(ascii: "]")
    }

    /// Knows what is in a string, and how deep objects and arrays are nested.
    private struct Scan {
        /// Whether the octet that was taken last lies in a string; its final quote does not.
        private(set) var isInString = false
        private(set) var depth = 0
        private var isEscaped = false

        mutating func take(_ octet: UInt8) {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if octet == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if octet == quote {
                    isInString = false
                }
            } else if octet == quote {
                isInString = true
            } else if JSONLayout.isOpening(octet) {
                depth += 1
            } else if JSONLayout.isClosing(octet) {
                depth -= 1
            }
        }
    }
}
