// SPDX-License-Identifier: Apache-2.0
import FoundationEssentials
import HTTPTypes
import Synchronization
import Testing

@testable import HTTPAPI

/// Holds `docs/api/openapi.json` against the router: routes and methods by the table, parameters by what handlers look at.
///
/// ``TestAPI`` does the other half: whatever a test of this target makes a route look at or
/// answer must be declared.
@Suite("The OpenAPI file")
struct OpenAPITests {
    static let operations = (try? OpenAPIFile.shared.get().operations) ?? []

    @Test("has every route with its methods, and no other")
    func routes() throws {
        let file = try OpenAPIFile.shared.get()
        var declared: Set<String> = []
        for operation in file.operations {
            declared.insert("\(operation.method.rawValue) \(operation.routePath)")
        }
        var served: Set<String> = []
        for route in RouteTable.all.routes {
            for method in route.methods { served.insert("\(method.rawValue) \(route.path)") }
        }
        #expect(served.subtracting(declared).sorted() == [], "served, but not in the file")
        #expect(declared.subtracting(served).sorted() == [], "in the file, but not served")
    }

    @Test(
        "hangs together: references lead somewhere, names are unique, path arguments are declared"
    )
    func isWhole() throws {
        let file = try OpenAPIFile.shared.get()
        try checkReferences(file.json, file.json)
        #expect(Set(file.operations.map(\.id)).count == file.operations.count)
        for operation in file.operations {
            let braced = Set(
                operation.template.split(separator: "{").dropFirst().map { $0.prefix { $0 != "}" } }
            )
            let declared = operation.parameters.filter { $0.place == "path" }.map { $0.name[...] }
            #expect(braced == Set(declared), "\(operation.testDescription)")
            #expect(Set(operation.parameters.map(\.name)).count == operation.parameters.count)
        }
    }

    private func checkReferences(_ value: JSONValue, _ json: JSONValue) throws {
        switch value {
        case .array(let elements): for element in elements { try checkReferences(element, json) }
        case .object:
            _ = try OpenAPIFile.resolved(value, json)
            for (_, member) in value.members { try checkReferences(member, json) }
        default: break
        }
    }

    @Test("declares no parameter that its route never looks at", arguments: operations)
    func parametersAreRead(_ operation: OpenAPIFile.Operation) async throws {
        try await TestAPI.run { api in
            let path = try await api.furnished(operation)
            let body = operation.body == .null ? nil : operation.body.compactText
            _ = try await api.send(operation.method, path, body)
            // The others are only looked at when these are there.
            let required = operation.parameters.filter { $0.place == "query" && $0.isRequired }
            let start = required.map { "\($0.name)=\($0.value)&" }.joined()
            for parameter in operation.parameters where parameter.place == "query" {
                let query = "\(parameter.name)=\(parameter.value)"
                _ = try await api.send(operation.method, "\(path)?\(query)", body)
                _ = try await api.send(operation.method, "\(path)?\(start)\(query)", body)
            }
            if operation.id == "watch" {
                // All of them are looked at, and nothing begins that would not end.
                _ = try await api.get("\(path)?type=nodes&dc=elsewhere")
            }
            if operation.id == "dnsTop" {
                api.control.top.withLock { $0 = TopReport(since: 0, queries: 0, samples: 0) }
                _ = try await api.get(path)
            }
            if operation.id == "agentService" {
                // Only who knows the content waits for another one.
                let hash = try await api.get(path)["X-Consul-ContentHash"] ?? ""
                _ = try await api.get("\(path)?hash=\(hash)&wait=1ms")
            }
            let read = try api.record.names(for: operation)
            #expect(operation.queryNames.subtracting(read).sorted() == [])
        }
    }

    @Test("knows each parameter's name in the sources, whatever a test reaches")
    func names() throws {
        let file = try OpenAPIFile.shared.get()
        let declared = file.operations.reduce(into: Set<String>()) { $0.formUnion($1.queryNames) }
        let folder = OpenAPIFile.root + "/Sources/HTTPAPI"
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder)
        var found: Set<String> = []
        for path in paths where path.hasSuffix(".swift") {
            let data = try #require(FileManager.default.contents(atPath: folder + "/" + path))
            let text = String(decoding: data, as: UTF8.self)
            for match in text.matches(of: /query\.(?:first|has|all|unsigned)\("([^"]+)"\)/) {
                found.insert(String(match.1))
            }
        }
        #expect(found.count > 30)
        #expect(found.subtracting(declared).sorted() == [])
    }
}

extension OpenAPIFile.Parameter {
    /// A value for a request: the example, but none that waits.
    fileprivate var value: String {
        switch (name, example) {
        case ("index", _): "0"
        case (_, .array(let elements)): PercentEncoding.encode(elements.first?.text ?? "")
        case (_, .null): "x"
        default: PercentEncoding.encode(example.text)
        }
    }
}

extension TestAPI {
    /// Furnishes the state with what the file's examples name, and gives the operation's path.
    fileprivate func furnished(_ operation: OpenAPIFile.Operation) async throws -> String {
        try await put(
            "/v1/agent/service/register",
            #"{"ID":"web1","Name":"web","Port":80,"Check":{"CheckID":"web-ttl","TTL":"30s"}}"#
        )
        try await put("/v1/kv/a/key", "value")
        try await put("/v1/config", #"{"Kind":"service-defaults","Name":"web"}"#)
        try await put(
            "/v1/coordinate/update",
            #"{"Node":"n1","Coord":{"Vec":[0,0,0,0,0,0,0,0],"Error":1.5,"Height":0.00001}}"#
        )
        let intention = try await send(
            .post,
            "/v1/connect/intentions",
            #"{"SourceName":"web","DestinationName":"db","Action":"allow"}"#
        ).json["ID"].text
        let session = try await put("/v1/session/create", "{}").json["ID"].text
        let query = try await send(.post, "/v1/query", #"{"Name":"q","Service":{"Service":"web"}}"#)
            .json["ID"].text
        var path = operation.template
        for parameter in operation.parameters where parameter.place == "path" {
            let value =
                switch parameter.name {
                case "session": session
                case "intention": intention
                case "query": query
                default: parameter.example.text
                }
            path = path.split(separator: "{\(parameter.name)}", omittingEmptySubsequences: false)
                .joined(separator: value)
        }
        return path
    }
}
