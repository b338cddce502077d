// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import HTTPTypes
import Synchronization
import Testing

@testable import HTTPAPI

/// `docs/api/openapi.json`: every route with its methods and parameters.
struct OpenAPIFile: Sendable {
    /// A parameter of the path or of the query.
    struct Parameter: Hashable, Sendable {
        var name: String
        /// `path`, `query` or `header`.
        var place: String
        var isRequired: Bool
        var example: JSONValue
    }

    /// What one method does on a path.
    struct Operation: Sendable, CustomTestStringConvertible {
        var method: HTTPRequest.Method
        /// The path, its arguments in braces.
        var template: String
        var id: String
        var parameters: [Parameter]
        /// The example of the body; null when it has none.
        var body: JSONValue
        /// The codes that it answers.
        var codes: Set<String>

        var testDescription: String { "\(method.rawValue) \(template)" }

        /// The names of the query's parameters.
        var queryNames: Set<String> {
            Set(parameters.filter { $0.place == "query" }.map(\.name))
        }

        /// The path of its route: what comes before the first argument.
        var routePath: String { String(template.prefix { $0 != "{" }) }

        /// How well a path fits; `nil` when it does not.
        ///
        /// The last argument takes the rest of the path, slashes included, as routes do.
        func fit(_ path: String) -> [Int]? {
            guard template.contains("{") else { return path == template ? [path.count + 1] : nil }
            let suffix = template.split(separator: "}", omittingEmptySubsequences: false).last ?? ""
            guard path.hasPrefix(routePath), path.hasSuffix(suffix) else { return nil }
            let arguments = template.count { $0 == "{" }
            let rest = path.dropFirst(routePath.count)
            let isComplete = arguments == 1 || rest.drop { $0 != "/" }.count > 1
            return [routePath.count, suffix.count, isComplete ? arguments : 0]
        }
    }

    let json: JSONValue
    let operations: [Operation]

    /// The project's top, found from this file.
    static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        .dropLast(3).joined(separator: "/")

    /// The file, read once.
    static let shared = Result { try OpenAPIFile() }

    init() throws {
        let path = Self.root + "/docs/api/openapi.json"
        let data = try #require(FileManager.default.contents(atPath: path), "no \(path)")
        let json = try JSONParser.parse(Array(data))
        self.json = json
        var operations: [Operation] = []
        for case let (template, item) in json["paths"].members {
            let shared = try Self.parameters(item["parameters"], json)
            for (name, operation) in item.members where name != "parameters" {
                let method = try #require(HTTPRequest.Method(rawValue: name.uppercased()))
                operations.append(
                    Operation(
                        method: method,
                        template: template,
                        id: operation["operationId"].text,
                        parameters: shared + (try Self.parameters(operation["parameters"], json)),
                        body: operation["requestBody"]["content"]["application/json"]["example"],
                        codes: Set(operation["responses"].names)
                    )
                )
            }
        }
        self.operations = operations
    }

    private static func parameters(_ list: JSONValue, _ json: JSONValue) throws -> [Parameter] {
        guard case .array(let elements) = list else { return [] }
        return try elements.map { element in
            let parameter = try resolved(element, json)
            return Parameter(
                name: parameter["name"].text,
                place: parameter["in"].text,
                isRequired: parameter["required"] == .bool(true),
                example: parameter["example"]
            )
        }
    }

    /// What `$ref` leads to, or the value itself.
    static func resolved(_ value: JSONValue, _ json: JSONValue) throws -> JSONValue {
        guard case .string(let reference) = value["$ref"] else { return value }
        var found = json
        for name in reference.split(separator: "/").dropFirst() { found = found[String(name)] }
        try #require(found != .null, "\(reference) leads nowhere")
        return found
    }

    /// The operation that a request is for.
    func operation(_ method: HTTPRequest.Method, _ path: String) -> Operation? {
        operations.filter { $0.method == method }
            .compactMap { operation in operation.fit(path).map { (operation, $0) } }
            .max { $0.1.lexicographicallyPrecedes($1.1) }?.0
    }
}

/// What the routes of one server looked at and answered.
final class APIRecord: Sendable {
    private struct Note: Hashable {
        var method: HTTPRequest.Method
        var path: String
        var text: String
    }

    private let looks = Mutex<Set<Note>>([])
    private let statuses = Mutex<Set<Note>>([])

    func note(look name: String, _ method: HTTPRequest.Method, _ path: String) {
        _ = looks.withLock { $0.insert(Note(method: method, path: path, text: name)) }
    }

    func note(status: Int, _ method: HTTPRequest.Method, _ uri: String) {
        let path = String(uri.prefix { $0 != "?" })
        let decoded = PercentEncoding.decode(path.utf8) ?? path
        _ = statuses.withLock {
            $0.insert(Note(method: method, path: decoded, text: String(status)))
        }
    }

    /// The parameters that were looked at for one operation.
    func names(for operation: OpenAPIFile.Operation) throws -> Set<String> {
        let file = try OpenAPIFile.shared.get()
        let notes = looks.withLock { $0 }
        return Set(
            notes.filter { file.operation($0.method, $0.path)?.id == operation.id }.map(\.text)
        )
    }

    /// Fails the test when something was looked at or answered that the file does not declare.
    func expectDeclared() throws {
        let file = try OpenAPIFile.shared.get()
        for note in looks.withLock({ $0 }) {
            let operation = file.operation(note.method, note.path)
            #expect(
                operation?.queryNames.contains(note.text) == true,
                """
                \(note.method.rawValue) \(note.path) reads ?\(note.text)=, which \
                docs/api/openapi.json does not declare for it
                """
            )
        }
        // A path that is cleaned, and a method that is refused, are the same everywhere.
        for note in statuses.withLock({ $0 }) where !["301", "405"].contains(note.text) {
            guard let operation = file.operation(note.method, note.path) else { continue }
            #expect(
                operation.codes.contains(note.text),
                """
                \(note.method.rawValue) \(note.path) answered \(note.text), which \
                docs/api/openapi.json does not declare for it
                """
            )
        }
    }
}

extension JSONValue {
    /// The members of an object, in order; none for what is no object.
    var members: [(String, JSONValue)] {
        guard case .object(let members) = self else { return [] }
        return members.map { ($0.name, $0.value) }
    }

    /// The text of a string, else the compact JSON.
    var text: String {
        if case .string(let text) = self { return text }
        return compactText
    }
}
