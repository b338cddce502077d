// SPDX-License-Identifier: Apache-2.0
internal import AgentConfiguration
internal import FoundationEssentials

/// An entry that `kv import` is to write.
///
/// Names of members are compared without case, as Go's `encoding/json` does: what the agent's
/// `?recurse` says is imported like what `kv export` wrote. Members that nobody knows are left out.
struct KVImportEntry: Decodable, Equatable {
    /// The key; not empty.
    var key: String
    /// The number that is kept with the value; 0 when left out.
    var flags: UInt64
    /// The octets of the value; none when left out or `null`.
    var value: [UInt8]

    private struct Member: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Member.self)
        // A name that is spelled as in an export comes before its other spellings.
        let members = container.allKeys.sorted { $0.stringValue > $1.stringValue }
        func member(_ name: String) -> Member {
            members.first { $0.stringValue.lowercased() == name } ?? Member(stringValue: name)
        }
        // Decoders do not say of every mistake where it is.
        func wrong(_ member: Member) -> DecodingError {
            .dataCorrupted(.init(codingPath: container.codingPath + [member], debugDescription: ""))
        }
        func content<Content: Decodable>(_ name: String, _ none: Content) throws -> Content {
            let place = member(name)
            do { return try container.decodeIfPresent(Content.self, forKey: place) ?? none } catch {
                throw wrong(place)
            }
        }
        key = try content("key", "")
        flags = try content("flags", 0)
        // Go's decoder of base64 passes over the ends of lines.
        let text = try content("value", "").utf8.filter { $0 != 0x0a && $0 != 0x0d }
        guard let octets = Data(base64Encoded: Data(text)) else { throw wrong(member("value")) }
        value = Array(octets)
    }

    /// Reads a JSON text; `null` is no entries, and `source` is where it is from, as errors name it.
    ///
    /// - Throws: What is wrong, with the number of the entry (from 1) and the member.
    static func entries(
        in text: [UInt8],
        from source: String
    ) throws(CommandFailure) -> [KVImportEntry] {
        let found: [KVImportEntry?]
        do {
            found = try JSONDecoder().decode([KVImportEntry?]?.self, from: Data(text)) ?? []
        } catch {
            throw failure(syntaxProblem(of: text, from: source) ?? reason(error))
        }
        var entries: [KVImportEntry] = []
        for (place, entry) in found.enumerated() {
            guard let entry else { throw failure("entry \(place + 1) must be an object, not null") }
            guard !entry.key.isEmpty else { throw failure("entry \(place + 1) has no key") }
            entries.append(entry)
        }
        return entries
    }

    private static func failure(_ reason: String) -> CommandFailure {
        CommandFailure(
            message: "Error! Cannot unmarshal data: \(reason)",
            hint: "Give what `kv export` writes: a list of objects with key, flags and value."
        )
    }

    /// Why a text is no JSON, with line and column.
    private static func syntaxProblem(of text: [UInt8], from source: String) -> String? {
        guard text.count <= SyntaxLimits.maximumSize else { return nil }
        do throws(SyntaxError) {
            _ = try JSONParser.parse(text, file: source)
            return nil
        } catch { return "\(source):\(error.line):\(error.column): \(error.message)" }
    }

    private static func reason(_ error: any Error) -> String {
        let path: [any CodingKey] =
            switch error {
            case DecodingError.typeMismatch(_, let context): context.codingPath
            case DecodingError.valueNotFound(_, let context): context.codingPath
            case DecodingError.keyNotFound(_, let context): context.codingPath
            case DecodingError.dataCorrupted(let context): context.codingPath
            default: []
            }
        guard let place = path.first?.intValue else { return "the JSON is no list of objects" }
        guard path.count > 1, let member = path.last?.stringValue else {
            return "entry \(place + 1) must be an object"
        }
        let rule =
            switch member.lowercased() {
            case "flags": "a whole number from 0 to \(UInt64.max)"
            case "value": "a text in base64, or null"
            default: "a text"
            }
        return "\(member) of entry \(place + 1) must be \(rule)"
    }
}
