// SPDX-License-Identifier: Apache-2.0

/// The query of a request, decoded as Go's `url.ParseQuery`: `+` is a space; a pair with a
/// malformed escape is dropped.
struct QueryParameters: Sendable {
    private let pairs: [Pair]
    /// Whether a pair was dropped: such a request is refused (HTTP API 1.1).
    let isMalformed: Bool
    /// Told of each name that is looked up; tests alone listen (see ``ParameterProbe``).
    private let look: (@Sendable (String) -> Void)?

    private struct Pair: Hashable, Sendable {
        var name: String
        var value: String
    }

    init(_ query: String, look: (@Sendable (String) -> Void)? = nil) {
        self.look = look
        let parts = query.utf8.split(separator: UInt8(ascii: "&"))
        pairs = parts.compactMap { part in
            // Go: a semicolon is no separator and makes the pair invalid.
            guard !part.contains(UInt8(ascii: ";")) else { return nil }
            let halves = part.split(
                separator: UInt8(ascii: "="),
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            guard let first = halves.first, let name = Self.decode(first),
                let value = halves.count > 1 ? Self.decode(halves[1]) : ""
            else { return nil }
            return Pair(name: name, value: value)
        }
        isMalformed = pairs.count < parts.count
    }

    /// Whether the key is there, with or without a value.
    func has(_ name: String) -> Bool {
        look?(name)
        return pairs.contains { $0.name == name }
    }

    /// The first value of the key.
    func first(_ name: String) -> String? {
        look?(name)
        return pairs.first { $0.name == name }?.value
    }

    /// The keys, each as often as it is there.
    var names: [String] { pairs.map(\.name) }

    /// All values of the key.
    func all(_ name: String) -> [String] {
        look?(name)
        return pairs.filter { $0.name == name }.map(\.value)
    }

    /// The query as Go's `url.Values.Encode` writes it: sorted by name.
    var encoded: String {
        pairs.enumerated()
            .sorted { ($0.element.name, $0.offset) < ($1.element.name, $1.offset) }
            .map { PercentEncoding.encode($1.name) + "=" + PercentEncoding.encode($1.value) }
            .joined(separator: "&")
    }

    private static func decode(_ text: Substring.UTF8View) -> String? {
        PercentEncoding.decode(text, plusIsSpace: true)
    }
}

/// Percent escapes of paths and queries.
enum PercentEncoding {
    /// `nil` when an escape is malformed.
    ///
    /// Invalid UTF-8 becomes U+FFFD.
    static func decode(
        _ text: some Sequence<UInt8>,
        plusIsSpace: Bool = false
    ) -> String? {
        octets(text, plusIsSpace: plusIsSpace).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The octets that a text stands for; `nil` when an escape is malformed.
    static func octets(
        _ text: some Sequence<UInt8>,
        plusIsSpace: Bool = false
    ) -> [UInt8]? {
        var octets: [UInt8] = []
        var iterator = text.makeIterator()
        while let octet = iterator.next() {
            if octet == UInt8(ascii: "%") {
                guard let high = iterator.next().flatMap(digit),
                    let low = iterator.next().flatMap(digit)
                else { return nil }
                octets.append(high << 4 | low)
            } else if plusIsSpace, octet == UInt8(ascii: "+") {
                octets.append(UInt8(ascii: " "))
            } else {
                octets.append(octet)
            }
        }
        return octets
    }

    /// The text as part of a query, as Go's `url.QueryEscape` writes it.
    static func encode(_ text: String) -> String {
        var result = ""
        for octet in text.utf8 {
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(octet))
            case UInt8(ascii: " "): result += "+"
            default:
                result += "%" + (octet < 16 ? "0" : "") + String(octet, radix: 16, uppercase: true)
            }
        }
        return result
    }

    private static func digit(_ octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): octet - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): octet - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
