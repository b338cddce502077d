// SPDX-License-Identifier: Apache-2.0

/// Writes JSON text as Go's `encoding/json` does, straight from rows to octets: members in the
/// order in which they are written, `<`, `>`, `&`, U+2028 and U+2029 escaped (HTTP API 1.4).
struct JSONWriter {
    private var octets: [UInt8] = []
    private let isIndented: Bool
    private var depth = 0
    /// Whether the object or array that is open has an element yet.
    private var hasElement = false

    /// Makes a writer; `indented` means 4 spaces a level (`?pretty`).
    init(indented: Bool = false, reserving capacity: Int = 512) {
        isIndented = indented
        octets.reserveCapacity(capacity)
    }

    /// The text so far.
    var text: [UInt8] { octets }

    /// Writes an object; `body` writes its members.
    mutating func object(_ body: (inout JSONWriter) -> Void) {
        container(UInt8(ascii: "{"), UInt8(ascii: "}"), body)
    }

    /// Writes an array of what `element` writes for each.
    mutating func array<Element>(
        _ elements: some Sequence<Element>,
        _ element: (inout JSONWriter, Element) -> Void
    ) {
        container(UInt8(ascii: "["), UInt8(ascii: "]")) { writer in
            for item in elements {
                writer.separate()
                element(&writer, item)
            }
        }
    }

    /// Begins a member of an object; its value must follow.
    mutating func key(_ name: String) {
        separate()
        quoted(name)
        octets.append(UInt8(ascii: ":"))
        if isIndented { octets.append(UInt8(ascii: " ")) }
    }

    /// Writes `null`.
    mutating func null() { append("null") }

    /// Writes a string.
    mutating func string(_ text: String) { quoted(text) }

    /// Writes a number.
    mutating func integer(_ number: some BinaryInteger) { append(String(number)) }

    /// Writes a Boolean.
    mutating func bool(_ value: Bool) { append(value ? "true" : "false") }

    /// Writes octets as base64; `null` when there are none.
    mutating func base64(_ value: [UInt8]) {
        guard !value.isEmpty else { return null() }
        octets.append(UInt8(ascii: "\""))
        Base64.append(value, to: &octets)
        octets.append(UInt8(ascii: "\""))
    }

    /// Writes a text that is JSON already: a number as it was read, or a compact value that was
    /// kept as text.
    ///
    /// It is laid out anew when the writer indents.
    mutating func verbatim(_ json: String) {
        // What was kept is JSON; were it not, it would be written as it is, nothing is lost.
        if isIndented, let value = try? JSONParser.parse(Array(json.utf8)) {
            self.value(value)
        } else {
            append(json)
        }
    }

    /// Writes a value that was read.
    mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .number(let text): append(text)
        case .string(let text): quoted(text)
        case .array(let elements): array(elements) { $0.value($1) }
        case .object(let members):
            object { writer in
                for member in members {
                    writer.key(member.name)
                    writer.value(member.value)
                }
            }
        }
    }

    private mutating func container(
        _ open: UInt8,
        _ close: UInt8,
        _ body: (inout JSONWriter) -> Void
    ) {
        let outer = hasElement
        octets.append(open)
        depth += 1
        hasElement = false
        body(&self)
        depth -= 1
        if hasElement { newLine() }
        octets.append(close)
        hasElement = outer
    }

    private mutating func separate() {
        if hasElement { octets.append(UInt8(ascii: ",")) }
        hasElement = true
        newLine()
    }

    private mutating func newLine() {
        guard isIndented else { return }
        octets.append(UInt8(ascii: "\n"))
        octets.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 4 * depth))
    }

    private mutating func append(_ text: String) { octets.append(contentsOf: text.utf8) }

    private mutating func quoted(_ text: String) {
        octets.append(UInt8(ascii: "\""))
        var text = text
        let isWritten = text.withUTF8 { utf8 in
            for place in 0..<utf8.count where Self.mayNeedEscape(unsafe utf8[place]) {
                return false
            }
            unsafe octets.append(contentsOf: utf8)
            return true
        }
        if !isWritten { escaped(text) }
        octets.append(UInt8(ascii: "\""))
    }

    /// Whether an octet is, or begins, a character that is not written as it is.
    ///
    /// 0xE2 begins U+2028 and U+2029.
    private static func mayNeedEscape(_ octet: UInt8) -> Bool {
        switch octet {
        case 0..<0x20, UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "<"),
            UInt8(ascii: ">"), UInt8(ascii: "&"), 0xE2:
            true
        default: false
        }
    }

    private mutating func escaped(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": append("\\\"")
            case "\\": append("\\\\")
            case "\n": append("\\n")
            case "\r": append("\\r")
            case "\t": append("\\t")
            case "\u{8}": append("\\b")
            case "\u{c}": append("\\f")
            case "<", ">", "&", "\u{2028}", "\u{2029}", "\0"..<" ":
                append("\\u")
                let digits = String(scalar.value, radix: 16)
                append(String(repeating: "0", count: 4 - digits.count) + digits)
            default: octets.append(contentsOf: String(scalar).utf8)
            }
        }
    }
}

extension JSONWriter {
    /// Writes a string member.
    mutating func member(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    /// Writes a number member.
    mutating func member(_ name: String, _ value: some BinaryInteger) {
        key(name)
        integer(value)
    }

    /// Writes a Boolean member.
    mutating func member(_ name: String, _ value: Bool) {
        key(name)
        bool(value)
    }

    /// Writes a member that is a list of strings; `[]` when empty.
    mutating func member(_ name: String, _ values: [String]) {
        key(name)
        strings(values)
    }

    /// Writes a member that maps strings to strings; `null` for `nil`.
    mutating func member(_ name: String, _ map: [String: String]?) {
        key(name)
        if let map { self.map(map) { $0.string($1) } } else { null() }
    }

    /// Writes a list of strings.
    mutating func strings(_ values: [String]) { array(values) { $0.string($1) } }

    /// Writes a map, its keys in octet order as Go sorts them.
    mutating func map<Value>(
        _ map: [String: Value],
        _ value: (inout JSONWriter, Value) -> Void
    ) {
        object { writer in
            for (name, item) in map.sortedByKey() {
                writer.key(name)
                value(&writer, item)
            }
        }
    }
}

extension Dictionary where Key == String {
    /// The pairs in octet order of their keys.
    func sortedByKey() -> [(key: String, value: Value)] {
        guard count > 1 else { return map { $0 } }
        return sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
}
