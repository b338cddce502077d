// SPDX-License-Identifier: Apache-2.0
import Definitions
import LocalState
import StateStore
import Testing

@Suite("A sidecar comes and goes with its service (API-127)")
struct SidecarTests {
    private func service(
        _ id: String,
        sidecar: ServiceDefinition? = ServiceDefinition(name: "")
    ) -> ServiceDefinition {
        ServiceDefinition(
            id: id,
            name: "web",
            tags: ["v1"],
            port: 80,
            meta: ["a": "b"],
            token: "t",
            sidecar: sidecar.map { .proxy($0) }
        )
    }

    @Test("its defaults follow the service")
    func defaults() throws {
        var state = LocalState(node: ownNode)
        let effects = try state.registerWithSidecar(service("web1"), source: .http)
        let proxy = try state.service("web1-sidecar-proxy")
        #expect(proxy.row.name == "web-sidecar-proxy")
        #expect(proxy.row.kind == "connect-proxy")
        #expect(proxy.row.port == 21000)
        #expect(proxy.row.tags == ["v1"])
        #expect(proxy.row.meta == ["a": "b"])
        #expect(proxy.token == "t")
        #expect(
            proxy.row.proxy
                == ProxyDefinition(
                    destinationServiceName: "web",
                    destinationServiceID: "web1",
                    localServiceAddress: "127.0.0.1",
                    localServicePort: 80
                )
        )
        #expect(
            state.checkIDs(ofService: "web1-sidecar-proxy")
                == ["service:web1-sidecar-proxy:1", "service:web1-sidecar-proxy:2"]
        )
        let listening = try state.check("service:web1-sidecar-proxy:1")
        #expect(listening.row.name == "Connect Sidecar Listening")
        #expect(listening.definition.tcp == "127.0.0.1:21000")
        let alias = try state.check("service:web1-sidecar-proxy:2")
        #expect(alias.row.name == "Connect Sidecar Aliasing web1")
        #expect(alias.definition.aliasService == "web1")
        #expect(effects.commands.count == 2)
    }

    @Test("its port is the first free one, and stays over a registration anew")
    func ports() throws {
        var state = LocalState(node: ownNode)
        _ = try state.registerWithSidecar(service("a"), source: .http)
        _ = try state.registerWithSidecar(service("b"), source: .http)
        #expect(try state.service("b-sidecar-proxy").row.port == 21001)
        _ = try state.deregisterService("a")
        _ = try state.registerWithSidecar(service("b"), source: .http)
        #expect(try state.service("b-sidecar-proxy").row.port == 21001)
        _ = try state.registerWithSidecar(service("c"), source: .http)
        #expect(try state.service("c-sidecar-proxy").row.port == 21000)
    }

    @Test("without a free port nothing is registered")
    func noPort() throws {
        var state = LocalState(
            node: ownNode,
            settings: LocalStateSettings(sidecarPorts: 21000..<21001)
        )
        _ = try state.registerWithSidecar(service("a"), source: .http)
        let error = #expect(throws: LocalStateError.self) {
            try state.registerWithSidecar(service("b"), source: .http)
        }
        #expect(error?.message.contains("[21000, 21000]") == true)
        #expect(state.services["b"] == nil)
        let written = ServiceDefinition(name: "", port: 9)
        _ = try state.registerWithSidecar(service("b", sidecar: written), source: .http)
        #expect(try state.service("b-sidecar-proxy").row.port == 9)
    }

    @Test("it goes with its service, and stays when the service comes anew without one")
    func lifetime() throws {
        var state = LocalState(node: ownNode)
        _ = try state.registerWithSidecar(service("web1"), source: .http)
        _ = try state.registerWithSidecar(service("web1", sidecar: nil), source: .http)
        #expect(state.services.count == 2)
        let effects = try state.deregisterService("web1")
        #expect(state.services.isEmpty)
        #expect(state.checks.isEmpty)
        #expect(effects.commands.count == 2)
    }

    @Test("what is written of it wins over the defaults")
    func written() throws {
        var state = LocalState(node: ownNode)
        let written = ServiceDefinition(
            name: "mesh",
            tags: ["own"],
            address: "10.1.1.1",
            port: 7000,
            checks: [ttlCheck(id: "own")]
        )
        _ = try state.registerWithSidecar(service("web1", sidecar: written), source: .http)
        let proxy = try state.service("web1-sidecar-proxy")
        #expect(proxy.row.name == "mesh")
        #expect(proxy.row.tags == ["own"])
        #expect(proxy.row.address == "10.1.1.1")
        #expect(state.checkIDs(ofService: "web1-sidecar-proxy") == ["own"])
    }

    @Test("a reload takes away the sidecar that the file no longer has")
    func reload() throws {
        var state = LocalState(node: ownNode)
        _ = try state.replaceFileDefinitions(services: [service("web1")], checks: [])
        let before = state.checks
        _ = try state.replaceFileDefinitions(services: [service("web1")], checks: [])
        #expect(state.checks == before)
        #expect(state.services.count == 2)
        _ = try state.replaceFileDefinitions(services: [service("web1", sidecar: nil)], checks: [])
        #expect(state.services.keys.sorted() == ["web1"])
        #expect(state.checks.isEmpty)
    }
}
