// SPDX-License-Identifier: Apache-2.0
import StateStore
import Testing

@testable import HTTPAPI

@Suite("Config entries of the configuration")
struct ConfigEntryBootstrapTests {
    private static let defaults =
        #"{"kind":"service-defaults","name":"web","protocol":"http"}"#
    private static let router = #"{"kind":"service-router","name":"web"}"#

    private static func bootstrap(_ texts: String...) throws -> ConfigEntryBootstrap {
        try ConfigEntryBootstrap(
            texts.enumerated().map { ($0.element, "a.hcl:\($0.offset + 1):1: entry") }
        )
    }

    @Test("are written in their order, once")
    func written() async throws {
        let catalog = TestCatalog()
        let entries = try Self.bootstrap(Self.defaults, Self.router)
        try await entries.write(to: catalog, catalog)
        let store = catalog.snapshot()
        #expect(store.configEntry(.serviceRouter, named: "web").value != nil)
        #expect(
            store.configEntry(.serviceDefaults, named: "web").value?.contentJSON
                == #"{"Protocol":"http","TransparentProxy":{},"MeshGateway":{},"Expose":{}}"#
        )
        try await entries.write(to: catalog, catalog)
        #expect(catalog.snapshot().lastIndex == store.lastIndex)
    }

    @Test("leave what is there as it is")
    func kept() async throws {
        let catalog = TestCatalog()
        var row = ConfigEntryRow(kind: .serviceDefaults, name: "web")
        row.contentJSON = #"{"Protocol":"grpc"}"#
        try catalog.apply(.configEntry(ConfigEntryChange(row)))
        try await Self.bootstrap(Self.defaults).write(to: catalog, catalog)
        let entry = catalog.snapshot().configEntry(.serviceDefaults, named: "web").value
        #expect(entry?.contentJSON == row.contentJSON)
    }

    @Test(
        "are held to the rules of PUT /v1/config; the place is told",
        arguments: [
            (#"{"name":"a"}"#, "Payload does not contain a kind/Kind key at the top level"),
            (#"{"kind":"bogus","name":"a"}"#, "invalid config entry kind: bogus"),
            (#"{"kind":"service-defaults"}"#, "Name is required"),
            (#"{"kind":"service-resolver","name":"a","redirect":{}}"#, "Redirect is empty"),
        ]
    )
    func refused(text: String, reason: String) {
        #expect(throws: ConfigEntryProblem(place: "a.hcl:2:1: entry", reason: reason)) {
            try Self.bootstrap(Self.defaults, text)
        }
    }

    @Test("a router without a protocol that has requests is refused when it is written")
    func protocols() async throws {
        let catalog = TestCatalog()
        let entries = try Self.bootstrap(Self.router)
        let problem = await #expect(throws: ConfigEntryProblem.self) {
            try await entries.write(to: catalog, catalog)
        }
        #expect(problem?.description.hasPrefix("a.hcl:1:1: entry: discovery chain \"web\"") == true)
    }
}
