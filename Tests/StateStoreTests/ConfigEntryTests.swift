// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore
import Testing

@Suite("Config entries and virtual addresses")
struct ConfigEntryTests {
    @discardableResult
    private func write(
        _ catalog: inout Catalog,
        _ kind: ConfigEntryKind,
        _ name: String,
        _ content: String = "{}",
        services: [String] = [],
        cas: UInt64? = nil
    ) throws(CommandRefusal) -> Changes {
        let entry = ConfigEntryRow(
            kind: kind,
            name: name,
            contentJSON: content,
            services: services
        )
        let index = cas.map { RaftIndex(rawValue: $0) }
        return try catalog.apply(.configEntry(ConfigEntryChange(entry, expectedIndex: index)))
    }

    @discardableResult
    private func delete(
        _ catalog: inout Catalog,
        _ kind: ConfigEntryKind,
        _ name: String,
        cas: UInt64? = nil
    ) throws(CommandRefusal) -> Changes {
        let entry = ConfigEntryRow(kind: kind, name: name)
        let index = cas.map { RaftIndex(rawValue: $0) }
        return try catalog.apply(
            .configEntry(ConfigEntryChange(entry, isDeletion: true, expectedIndex: index))
        )
    }

    private func address(_ catalog: Catalog, _ service: String) -> [UInt8]? {
        catalog.store.virtualAddress(ofService: service)
    }

    private func proxy(_ destination: String, id: String = "p") -> ServiceRow {
        var row = service("proxy", id: id)
        row.kind = "connect-proxy"
        row.proxy = ProxyDefinition(destinationServiceName: destination)
        return row
    }

    @Test("are kept by kind and name; an equal write changes nothing")
    func kept() throws {
        var catalog = Catalog()
        #expect(try write(&catalog, .serviceDefaults, "Web").topics == [.configEntries])
        let created = catalog.index
        #expect(try write(&catalog, .serviceDefaults, "Web").isEmpty)
        let stored = catalog.store.configEntry(.serviceDefaults, named: "wEB")
        #expect(stored.value?.createIndex == created && stored.value?.modifyIndex == created)
        #expect(stored.index == created)
        try write(&catalog, .serviceDefaults, "web", #"{"Protocol":"http"}"#)
        try write(&catalog, .serviceResolver, "a")
        #expect(catalog.store.configEntries(ofKind: .serviceDefaults).value.map(\.name) == ["web"])
        #expect(catalog.store.configEntries(ofKind: nil).value.map(\.name) == ["web", "a"])
        #expect(catalog.store.configEntries(ofKind: .serviceRouter).value.isEmpty)
        let row = catalog.store.configEntry(.serviceDefaults, named: "web").value
        #expect(row?.createIndex == created && row?.modifyIndex.rawValue == created.rawValue + 2)
        #expect(try delete(&catalog, .serviceDefaults, "WEB").topics == [.configEntries])
        #expect(catalog.store.configEntry(.serviceDefaults, named: "web").value == nil)
        #expect(catalog.store.configEntries(ofKind: nil).index == catalog.index)
        #expect(try delete(&catalog, .serviceDefaults, "web").isEmpty)
    }

    @Test("API-236: are written and deleted only at the index that was given")
    func checkAndSet() throws {
        var catalog = Catalog()
        #expect(throws: CommandRefusal.indexMismatch) {
            try write(&catalog, .serviceDefaults, "web", cas: 1)
        }
        try write(&catalog, .serviceDefaults, "web", cas: 0)
        let index = catalog.index.rawValue
        for wrong in [0, index - 1] {
            #expect(throws: CommandRefusal.indexMismatch) {
                try write(&catalog, .serviceDefaults, "web", "{ }", cas: wrong)
            }
            #expect(throws: CommandRefusal.indexMismatch) {
                try delete(&catalog, .serviceDefaults, "web", cas: wrong)
            }
        }
        #expect(throws: CommandRefusal.indexMismatch) {
            try delete(&catalog, .serviceDefaults, "other", cas: 0)
        }
        try write(&catalog, .serviceDefaults, "web", "{ }", cas: index)
        try delete(&catalog, .serviceDefaults, "web", cas: catalog.index.rawValue)
        #expect(catalog.store.configEntries(ofKind: nil).value.isEmpty)
    }

    @Test("of unknown kinds and without a name are refused")
    func refused() throws {
        var catalog = Catalog()
        #expect(throws: CommandRefusal.invalid("invalid config entry kind: bogus")) {
            try write(&catalog, ConfigEntryKind(rawValue: "bogus"), "a")
        }
        #expect(throws: CommandRefusal.invalid("Name is required")) {
            try write(&catalog, .serviceDefaults, "")
        }
    }

    @Test("let services in through gateways, by name and by wildcard")
    func ingress() throws {
        var catalog = Catalog()
        var gateway = service("gw")
        gateway.kind = "ingress-gateway"
        try catalog.register("n1", gateway)
        try catalog.register("n2", service("gw", id: "impostor"))
        try catalog.register("n2", service("api"))
        func nodes(_ name: String) -> [String] {
            catalog.store.ingressInstances(ofService: name).value.map(\.service.id)
        }
        #expect(nodes("api").isEmpty)
        try write(&catalog, .ingressGateway, "GW", services: ["Api", "later"])
        let found = catalog.store.ingressInstances(ofService: "API")
        #expect(found.value.map(\.service.id) == ["gw"] && found.index == catalog.index)
        #expect(Set(found.topics) == [.configEntries, .service("api"), .service("gw")])
        #expect(nodes("later") == ["gw"] && nodes("other").isEmpty)
        try write(&catalog, .ingressGateway, "gw", services: ["*"])
        try catalog.register("n2", service("consul"))
        #expect(nodes("api") == ["gw"] && nodes("later").isEmpty && nodes("consul").isEmpty)
        try delete(&catalog, .ingressGateway, "gw")
        #expect(nodes("api").isEmpty)
    }

    @Test("lead to services through terminating gateways, by name and by wildcard")
    func terminating() throws {
        var catalog = Catalog()
        var gateway = service("gw")
        gateway.kind = "terminating-gateway"
        try catalog.register("n1", gateway)
        try catalog.register("n2", service("gw", id: "impostor"))
        try catalog.register("n2", service("api"))
        try catalog.register("n3", proxy("api"))
        func ids(_ name: String) -> [String] {
            catalog.store.meshInstances(ofService: name).value.map(\.service.id)
        }
        let before = catalog.store.meshInstances(ofService: "api")
        #expect(before.value.map(\.service.id) == ["p"])
        #expect(before.index == catalog.store.connectInstances(ofService: "api").index)
        #expect(
            before.topics == [.connect("api"), .service("proxy"), .terminatingGateways]
        )
        // An ingress gateway's links are others.
        try write(&catalog, .ingressGateway, "gw", services: ["api"])
        #expect(ids("api") == ["p"])
        let changes = try write(&catalog, .terminatingGateway, "GW", services: ["Api", "later"])
        #expect(changes.topics.isSuperset(of: [.configEntries, .terminatingGateways]))
        let found = catalog.store.meshInstances(ofService: "API")
        #expect(found.value.map(\.service.id) == ["p", "gw"] && found.index == catalog.index)
        #expect(Set(found.topics) == Set(before.topics + [.service("gw")]))
        #expect(ids("later") == ["gw"] && ids("other").isEmpty)
        #expect(catalog.store.ingressInstances(ofService: "later").value.isEmpty)
        try write(&catalog, .terminatingGateway, "gw", services: ["*"])
        try catalog.register("n2", service("consul"))
        #expect(ids("api") == ["p", "gw"] && ids("later").isEmpty && ids("consul").isEmpty)
        // The first instance of a service brings the gateway, and with it a new index.
        let none = catalog.store.meshInstances(ofService: "later")
        #expect(none.topics.contains(.service("later")))
        try catalog.register("n2", service("later"))
        let wild = catalog.store.meshInstances(ofService: "later")
        #expect(wild.value.map(\.service.id) == ["gw"] && wild.index == catalog.index)
        let removal = try delete(&catalog, .terminatingGateway, "gw")
        #expect(removal.topics.contains(.terminatingGateways))
        #expect(ids("api") == ["p"])
        #expect(catalog.store.meshInstances(ofService: "api").index == catalog.index)
    }

    @Test("DNS-228, DNS-373: a service gets an address when it first needs one")
    func allocation() throws {
        var catalog = Catalog()
        try catalog.register("n1", service("web"))
        #expect(address(catalog, "web") == nil)
        try catalog.register("n1", proxy("Web"))
        #expect(address(catalog, "WEB") == [240, 0, 0, 1])
        var native = service("native")
        native.connectNative = true
        try catalog.register("n1", native)
        #expect(address(catalog, "native") == [240, 0, 0, 2])
        for (number, kind) in [
            ConfigEntryKind.serviceDefaults, .serviceResolver, .serviceRouter, .serviceSplitter,
            .serviceIntentions,
        ].enumerated() {
            try write(&catalog, kind, "s\(number)")
            try write(&catalog, kind, "*")
            #expect(address(catalog, "s\(number)") == [240, 0, 0, UInt8(number + 3)])
        }
        try write(&catalog, .terminatingGateway, "tgw", services: ["ext", "*"])
        #expect(address(catalog, "ext") == [240, 0, 0, 8])
        try write(&catalog, .ingressGateway, "igw", services: ["in"])
        for name in ["*", "tgw", "igw", "in", "proxy"] { #expect(address(catalog, name) == nil) }
    }

    @Test("an address goes back when nothing needs it and no instance is left")
    func release() throws {
        var catalog = Catalog()
        try catalog.register("n1", service("web"))
        try catalog.register("n1", proxy("web"))
        try catalog.register("n1", proxy("other", id: "p2"))
        try write(&catalog, .serviceIntentions, "web")
        try catalog.deregister("n1", service: "p")
        #expect(address(catalog, "web") == [240, 0, 0, 1])
        try delete(&catalog, .serviceIntentions, "web")
        // The service itself is still there.
        #expect(address(catalog, "web") == [240, 0, 0, 1])
        try catalog.deregister("n1", service: "web")
        #expect(address(catalog, "web") == nil)
        // A number that went back is taken first, the lowest before others.
        try catalog.register("n1", proxy("new", id: "p3"))
        #expect(address(catalog, "new") == [240, 0, 0, 1])
        try catalog.register("n1", proxy("third", id: "p4"))
        #expect(address(catalog, "third") == [240, 0, 0, 3])
        try catalog.deregister("n1")
        try catalog.register("n2", proxy("z", id: "p5"))
        #expect(address(catalog, "z") == [240, 0, 0, 1])
    }

    @Test("an address stays the same when an instance is registered again")
    func stable() throws {
        var catalog = Catalog()
        try catalog.register("n1", proxy("a"))
        try catalog.register("n1", proxy("b", id: "p2"))
        try catalog.register("n2", proxy("free", id: "p3"))
        try catalog.deregister("n2")
        var changed = proxy("b", id: "p2")
        changed.port = 81
        try catalog.register("n1", changed)
        #expect(address(catalog, "b") == [240, 0, 0, 2])
        changed.name = "proxy-renamed"
        try catalog.register("n1", changed)
        #expect(address(catalog, "b") == [240, 0, 0, 2])
        changed.proxy?.destinationServiceName = "c"
        try catalog.register("n1", changed)
        #expect(address(catalog, "b") == nil && address(catalog, "c") == [240, 0, 0, 3])
    }

    @Test("coordinates measure distance as Serf does")
    func distance() {
        var one = NetworkCoordinate()
        var other = NetworkCoordinate()
        one.vector[0] = 0.3
        other.vector[1] = 0.4
        #expect(abs(one.distance(to: other) - 0.50002) < 1e-12)
        one.adjustment = 0.1
        other.adjustment = -0.2
        #expect(abs(one.distance(to: other) - 0.40002) < 1e-12)
        other.adjustment = -9
        #expect(abs(one.distance(to: other) - 0.50002) < 1e-12)
        one.vector.removeLast()
        #expect(one.distance(to: other) == .infinity && !one.isValid && other.isValid)
    }
}
