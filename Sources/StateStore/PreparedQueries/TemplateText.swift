// SPDX-License-Identifier: Apache-2.0

/// The texts of a template, with `${…}` where something is to be filled in.
///
/// Consul uses a language of its own there (HIL). This is what its documentation shows: the
/// variables, `match(N)`, and `$${` for a plain `${`.
enum TemplateText {
    /// Something to be filled in.
    enum Placeholder: Hashable, Sendable {
        /// `name.full`: the name that was asked for.
        case fullName
        /// `name.prefix`: the name of the template.
        case prefix
        /// `name.suffix`: the rest of the name.
        case suffix
        /// `agent.segment`: the network segment of the agent that was asked.
        case segment
        /// `match(N)`: what a group captured; 0 is the whole match.
        case match(Int)
    }

    /// Why a text cannot be read.
    struct Failure: Error, Hashable, Sendable {
        /// What is wrong, where, and what is allowed.
        var text: String
    }

    /// Fills a text in.
    static func filled(
        _ text: String,
        with value: (Placeholder) -> String
    ) throws(Failure) -> String {
        var result: [UInt8] = []
        var rest = text.utf8[...]
        while let octet = rest.popFirst() {
            guard octet == UInt8(ascii: "$") else {
                result.append(octet)
                continue
            }
            if rest.starts(with: "${".utf8) {
                rest.removeFirst(2)
                result += "${".utf8
            } else if rest.first == UInt8(ascii: "{") {
                rest.removeFirst()
                guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else {
                    throw Failure(text: "${ without } at the end of '\(text)'")
                }
                result += value(try placeholder(String(decoding: rest[..<end], as: UTF8.self))).utf8
                rest = rest[rest.index(after: end)...]
            } else {
                result.append(octet)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func placeholder(_ text: String) throws(Failure) -> Placeholder {
        let words = String(decoding: text.utf8.filter { $0 != UInt8(ascii: " ") }, as: UTF8.self)
        switch words {
        case "name.full": return .fullName
        case "name.prefix": return .prefix
        case "name.suffix": return .suffix
        case "agent.segment": return .segment
        default:
            if words.hasPrefix("match("), words.hasSuffix(")") {
                let number = words.dropFirst("match(".count).dropLast()
                if !number.isEmpty, number.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
                    // A number that is too large names no group either.
                    return .match(Int(number) ?? .max)
                }
            }
            throw Failure(
                text: "unknown expression ${\(text)}; use ${name.full}, ${name.prefix},"
                    + " ${name.suffix}, ${match(N)} or ${agent.segment}, and $${ for a plain ${"
            )
        }
    }
}
