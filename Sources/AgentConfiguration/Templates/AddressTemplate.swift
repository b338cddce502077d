// SPDX-License-Identifier: Apache-2.0

/// A text with templates of hashicorp/go-sockaddr in it, which name addresses of this host:
/// `{{ GetPrivateInterfaces | include "network" "10.0.0.0/8" | attr "address" }}`.
///
/// Each is a pipeline: a source, then what filters, sorts, cuts and prints its addresses. What else
/// Go's text/template knows (variables, `if`, `range`, `with`, `printf`) is refused.
struct AddressTemplate: Hashable, Sendable {
    /// A text between templates, or a pipeline.
    enum Piece: Hashable, Sendable {
        /// A text, as it is.
        case text(String)
        /// Functions, of which each works on what the one before it gave.
        case pipeline([Call])
    }

    /// A function with its arguments.
    struct Call: Hashable, Sendable {
        /// Its name; `.` for all interfaces.
        var name: String
        /// What follows the name.
        var arguments: [Argument]
        /// Where it stands, from 1 on.
        var column: Int
    }

    /// A text or a number, and where it stands.
    struct Argument: Hashable, Sendable {
        /// The text without its quotes, or the digits with their sign.
        var text: String
        /// Where it begins, from 1 on.
        var column: Int
    }

    /// What it consists of.
    let pieces: [Piece]

    /// Whether a text has a template in it.
    static func isTemplate(_ text: String) -> Bool { text.contains("{{") }

    /// Reads a text.
    init(_ text: String) throws(AddressTemplateError) {
        var parser = Parser(text)
        pieces = try parser.parse()
    }
}

/// Why a template cannot be read, or gives no address.
struct AddressTemplateError: Error, Hashable, Sendable {
    /// What is wrong.
    var text: String
    /// The column in the template, from 1 on.
    var column: Int
    /// How to mend it; empty where the text says it.
    var hint = ""
}

extension AddressTemplate {
    /// Reads templates character by character.
    private struct Parser {
        private let characters: [Character]
        private var place = 0

        init(_ text: String) { characters = Array(text) }

        private var next: Character? { place < characters.count ? characters[place] : nil }
        private var column: Int { place + 1 }

        private func isAt(_ text: String) -> Bool { characters[place...].starts(with: text) }

        private mutating func skipBlanks() {
            while next?.isWhitespace == true { place += 1 }
        }

        private mutating func take(while isWanted: (Character) -> Bool) -> String {
            let start = place
            while let next, isWanted(next) { place += 1 }
            return String(characters[start..<place])
        }

        mutating func parse() throws(AddressTemplateError) -> [Piece] {
            var pieces: [Piece] = []
            var text = ""
            while next != nil {
                guard isAt("{{") else {
                    text.append(characters[place])
                    place += 1
                    continue
                }
                let start = column
                place += 2
                // Go: `{{- ` takes away the blanks before it.
                if isAt("- ") {
                    place += 1
                    while text.last?.isWhitespace == true { text.removeLast() }
                }
                if !text.isEmpty { pieces.append(.text(text)) }
                text = ""
                pieces.append(.pipeline(try pipeline(from: start)))
            }
            if !text.isEmpty { pieces.append(.text(text)) }
            return pieces
        }

        private mutating func pipeline(
            from start: Int
        ) throws(AddressTemplateError) -> [Call] {
            var calls = [try call()]
            while true {
                skipBlanks()
                if isAt("-}}") {
                    place += 3
                    skipBlanks()
                    return calls
                }
                if isAt("}}") {
                    place += 2
                    return calls
                }
                switch next {
                case "|":
                    place += 1
                    calls.append(try call())
                case nil:
                    throw AddressTemplateError(
                        text: "unclosed action",
                        column: start,
                        hint: "end it with }}"
                    )
                default: calls[calls.count - 1].arguments.append(try argument())
                }
            }
        }

        private mutating func call() throws(AddressTemplateError) -> Call {
            skipBlanks()
            let start = column
            if next == "." {
                place += 1
                return Call(name: ".", arguments: [], column: start)
            }
            let name = take { $0.isLetter || $0.isNumber || $0 == "_" }
            guard !name.isEmpty else {
                throw AddressTemplateError(
                    text: next.map { "unexpected \"\($0)\"" } ?? "unclosed action",
                    column: start,
                    hint: "here a function is wanted, as GetPrivateIP or include"
                )
            }
            return Call(name: name, arguments: [], column: start)
        }

        private mutating func argument() throws(AddressTemplateError) -> Argument {
            let start = column
            switch next {
            case "\"": return Argument(text: try quoted(), column: start)
            case "`":
                place += 1
                let text = take { $0 != "`" }
                guard next != nil else {
                    throw AddressTemplateError(text: "unterminated raw string", column: start)
                }
                place += 1
                return Argument(text: text, column: start)
            case let sign? where sign.isNumber || sign == "-" || sign == "+":
                place += 1
                return Argument(text: "\(sign)" + take(while: \.isNumber), column: start)
            default:
                throw AddressTemplateError(
                    text: next.map { "unexpected \"\($0)\"" } ?? "unclosed action",
                    column: start,
                    hint: "arguments are texts in quotes or numbers; functions are joined by |"
                )
            }
        }

        private mutating func quoted() throws(AddressTemplateError) -> String {
            let start = column
            place += 1
            var text = ""
            while let character = next, character != "\"" {
                place += 1
                guard character == "\\" else {
                    text.append(character)
                    continue
                }
                switch next {
                case "\\", "\"": text.append(characters[place])
                case "t": text.append("\t")
                case "n": text.append("\n")
                default:
                    throw AddressTemplateError(
                        text: "unknown escape in a string",
                        column: column - 1,
                        hint: "write \\\\ for a backslash, or the text in backquotes"
                    )
                }
                place += 1
            }
            guard next != nil else {
                throw AddressTemplateError(text: "unterminated quoted string", column: start)
            }
            place += 1
            return text
        }
    }
}
