// SPDX-License-Identifier: Apache-2.0
import Definitions

/// Why a body was refused; the text follows `Request decode failed: `.
struct BodyError: Error, Hashable {
    var message: String

    init(_ message: String) { self.message = message }
}

/// Reads the members of an object one by one, by names that are compared without case, and
/// finally refuses those that nobody asked for (HTTP API 1.3).
///
/// Error texts are Go's.
struct JSONObjectReader {
    /// The Go type that Consul would decode into; part of its error texts.
    private let type: String
    private var members: [JSONMember]

    /// Takes an object; `null` counts as an object without members, as in Go.
    init(_ value: JSONValue, type: String) throws(BodyError) {
        self.type = type
        switch value {
        case .object(let members): self.members = members
        case .null: members = []
        default:
            throw BodyError("json: cannot unmarshal \(value.kind) into Go value of type \(type)")
        }
    }

    /// Takes the last member with one of these names out; `null` counts as absent.
    mutating func take(_ names: [String]) -> JSONValue? {
        var found: JSONValue?
        members.removeAll { member in
            guard names.contains(where: { Self.matches(member.name, $0) }) else { return false }
            found = member.value
            return true
        }
        return found == .null ? nil : found
    }

    /// Refuses the first member that was not taken.
    func finish() throws(BodyError) {
        guard let name = members.first?.name else { return }
        var text = "json: unknown field \"\(name)\""
        // Consul Enterprise members get a hint.
        if name.lowercased() == "namespace" {
            text += " - Namespaces are a Consul Enterprise feature"
        } else if name.lowercased() == "partition" {
            text += " - Partitions are a Consul Enterprise feature"
        }
        throw BodyError(text)
    }

    /// Whether a member of this name is there and null, which empties a list in Go.
    func isNull(_ name: String) -> Bool {
        members.last { Self.matches($0.name, name) }?.value == .null
    }

    mutating func string(_ names: String...) throws(BodyError) -> String {
        guard let value = take(names) else { return "" }
        guard case .string(let text) = value else { throw mismatch(value, names[0], "string") }
        return text
    }

    mutating func bool(_ names: String...) throws(BodyError) -> Bool? {
        guard let value = take(names) else { return nil }
        guard case .bool(let flag) = value else { throw mismatch(value, names[0], "bool") }
        return flag
    }

    mutating func integer(_ names: String...) throws(BodyError) -> Int? {
        guard let value = take(names) else { return nil }
        guard case .number(let text) = value else { throw mismatch(value, names[0], "int") }
        guard let number = Int(text) else {
            throw BodyError(
                "json: cannot unmarshal number \(text) into Go struct field "
                    + "\(type).\(names[0]) of type int"
            )
        }
        return number
    }

    mutating func unsigned(_ names: String...) throws(BodyError) -> UInt64? {
        guard let value = take(names) else { return nil }
        guard case .number(let text) = value else { throw mismatch(value, names[0], "uint64") }
        guard let number = UInt64(text) else {
            throw BodyError(
                "json: cannot unmarshal number \(text) into Go struct field "
                    + "\(type).\(names[0]) of type uint64"
            )
        }
        return number
    }

    /// Octets as base64.
    mutating func octets(_ names: String...) throws(BodyError) -> [UInt8]? {
        guard let value = take(names) else { return nil }
        guard case .string(let text) = value else { throw mismatch(value, names[0], "[]uint8") }
        do throws(Base64.Corrupt) {
            return try Base64.decode(Array(text.utf8))
        } catch {
            throw BodyError("illegal base64 data at input byte \(error.place)")
        }
    }

    mutating func strings(_ names: String...) throws(BodyError) -> [String]? {
        guard let value = take(names) else { return nil }
        return try strings(in: value, names[0])
    }

    mutating func map(_ names: String...) throws(BodyError) -> [String: String]? {
        guard let value = take(names) else { return nil }
        guard case .object(let members) = value else {
            throw mismatch(value, names[0], "map[string]string")
        }
        var map: [String: String] = [:]
        for member in members {
            switch member.value {
            case .string(let text): map[member.name] = text
            case .null: map[member.name] = ""
            default: throw mismatch(member.value, names[0], "string")
            }
        }
        return map
    }

    mutating func stringLists(_ names: String...) throws(BodyError) -> [String: [String]]? {
        guard let value = take(names) else { return nil }
        guard case .object(let members) = value else {
            throw mismatch(value, names[0], "map[string][]string")
        }
        var map: [String: [String]] = [:]
        for member in members {
            map[member.name] =
                member.value == .null ? [] : try strings(in: member.value, names[0])
        }
        return map
    }

    /// A duration: Go's text, or a number of nanoseconds (HTTP API 1.3).
    mutating func duration(_ names: String...) throws(BodyError) -> Duration? {
        guard let value = take(names) else { return nil }
        switch value {
        case .string(let text):
            do { return try GoDuration.parse(text) } catch { throw BodyError("\(error)") }
        case .number(let text):
            guard let number = Double(text), abs(number) < 9.2e18 else {
                throw mismatch(value, names[0], "time.Duration")
            }
            return .nanoseconds(Int64(number))
        default: throw mismatch(value, names[0], "time.Duration")
        }
    }

    mutating func elements(_ names: String...) throws(BodyError) -> [JSONValue]? {
        guard let value = take(names) else { return nil }
        guard case .array(let elements) = value else { throw mismatch(value, names[0], "[]") }
        return elements
    }

    mutating func value(_ names: String...) -> JSONValue? { take(names) }

    /// A list of objects, as they are.
    mutating func objects(_ names: String...) throws(BodyError) -> [JSONValue]? {
        guard let value = take(names) else { return nil }
        guard case .array(let elements) = value else { throw mismatch(value, names[0], "[]object") }
        for element in elements {
            if case .object = element { continue }
            throw mismatch(element, names[0], "object")
        }
        return elements
    }

    /// An object as it is.
    mutating func object(_ names: String...) throws(BodyError) -> JSONValue? {
        guard let value = take(names) else { return nil }
        guard case .object = value else { throw mismatch(value, names[0], "object") }
        return value
    }

    private func strings(
        in value: JSONValue,
        _ name: String
    ) throws(BodyError) -> [String] {
        guard case .array(let elements) = value else { throw mismatch(value, name, "[]string") }
        var texts: [String] = []
        for element in elements {
            switch element {
            case .string(let text): texts.append(text)
            case .null: texts.append("")
            default: throw mismatch(element, name, "string")
            }
        }
        return texts
    }

    private func mismatch(_ value: JSONValue, _ name: String, _ wanted: String) -> BodyError {
        BodyError(
            "json: cannot unmarshal \(value.kind) into Go struct field "
                + "\(type).\(name) of type \(wanted)"
        )
    }

    private static func matches(_ name: String, _ wanted: String) -> Bool {
        name == wanted
            || name.utf8.count == wanted.utf8.count
                && zip(name.utf8, wanted.utf8).allSatisfy { lowered($0) == lowered($1) }
    }

    private static func lowered(_ octet: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(octet) ? octet | 0x20 : octet
    }
}
