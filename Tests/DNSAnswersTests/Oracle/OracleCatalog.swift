// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import Definitions
import StateStore

/// A small random catalog with everything that the forms of names lead to: name servers, proxies
/// and native instances, ingress gateways, config entries and prepared queries.
struct OracleCatalog {
    private(set) var store = StateStore()
    private(set) var virtual = VirtualNumbers()

    init(_ random: inout RandomCatalog) {
        for number in 0..<4 {
            let node = "srv\(number)"
            let server = ServiceRow(node: node, id: "consul", name: "consul", port: 8300)
            let row = NodeRow(name: node, address: "10.3.0.\(number)")
            apply(.register(Registration(node: row, service: server)))
        }
        let entryAt = random.generator.below(20)
        for number in 0..<(20 + random.generator.below(40)) {
            if number == entryAt { addEntries(&random) }
            var command = random.command()
            if case .register(var registration) = command {
                Self.reach(&registration, &random)
                command = .register(registration)
            }
            apply(command)
        }
        addGateways(&random)
        addQueries(&random)
        addTemplates()
    }

    private mutating func apply(_ command: Command) {
        // What is deregistered may not be there.
        _ = try? store.apply(command, at: store.lastIndex.next)
        virtual.follow(store)
    }

    /// Some instances speak Connect, some are proxies of others; some spell their address oddly.
    private static func reach(_ registration: inout Registration, _ random: inout RandomCatalog) {
        guard var row = registration.service else { return }
        if random.chance(20) {
            row.connectNative = true
        } else if random.chance(10) {
            row.id = "side-proxy-\(row.id)"
            row.name = "side-proxy"
            row.kind = "connect-proxy"
            let service = random.pick(RandomCatalog.services)
            row.proxy = ProxyDefinition(destinationServiceName: service)
        }
        if random.chance(30), row.address.hasPrefix("2001:db8::") {
            row.address = row.address.uppercased().replacing("::", with: ":0::")
        }
        for index in registration.checks.indices where !registration.checks[index].serviceID.isEmpty
        {
            registration.checks[index].serviceID = row.id
        }
        registration.service = row
    }

    /// A gateway's entry, and entries that give services a virtual address.
    private mutating func addEntries(_ random: inout RandomCatalog) {
        let exposed = random.pick([
            ["web", "Api", "s_v_c"], ["*"], ["Web", "db", "x", "seven77"],
            ["eight888", "nine99999", "web", "api", "x"],
        ])
        let gateway = ConfigEntryRow(
            kind: .ingressGateway,
            name: "igw",
            contentJSON: "{}",
            services: exposed
        )
        apply(.configEntry(ConfigEntryChange(gateway)))
        let kinds: [ConfigEntryKind] = [.serviceIntentions, .serviceDefaults, .serviceResolver]
        for kind in kinds where random.chance(60) {
            let entry = ConfigEntryRow(
                kind: kind,
                name: random.pick(RandomCatalog.services + ["*"]),
                contentJSON: "{}"
            )
            apply(.configEntry(ConfigEntryChange(entry)))
        }
    }

    private mutating func addGateways(_ random: inout RandomCatalog) {
        for number in 0..<(2 + random.generator.below(3)) {
            let node = random.nodeName()
            var row = random.service("Igw", on: node, number: number)
            row.kind = "ingress-gateway"
            let checks = random.chance(20) ? [random.check(on: node, of: row, number: 8)] : []
            apply(
                .register(
                    Registration(
                        node: random.node(node),
                        skipNodeUpdate: true,
                        service: row,
                        checks: checks
                    )
                )
            )
        }
    }

    private mutating func addQueries(_ random: inout RandomCatalog) {
        let names = ["q-one", "Q2", "dot.name", "warn", "last", "web"]
        for (number, name) in names.enumerated() {
            var service = ServiceQuery(service: random.pick(RandomCatalog.services))
            if random.chance(30) {
                service.tags = random.pick([["v1"], ["V1", "!primary"], ["!v2"], ["!V1", "!udp"]])
            }
            service.onlyPassing = random.chance(30)
            if random.chance(25) { service.ignoreCheckIDs = ["c0", "c1", "c9"] }
            if random.chance(10) { service.nodeMeta = ["consul-version": "1.21.4"] }
            // Order and other datacenters do not change the records.
            service.near = random.pick(["", "", "_agent", "n1", "_ip", "nobody"])
            if random.chance(25) {
                service.failover = QueryFailover(nearestN: 2, datacenters: ["dc8", "dc9"])
            }
            let ttl = random.pick(["", "", "10s", "0s", "1500ms", "2m"])
            add(PreparedQueryRow(name: name, service: service, dnsTTL: ttl), number)
        }
    }

    /// `geo-<service>-<tag>`, `pre-<service>`, and a longer prefix with a filter of its own.
    private mutating func addTemplates() {
        func template(_ name: String, _ regexp: String, _ service: ServiceQuery) -> PreparedQueryRow
        {
            PreparedQueryRow(
                name: name,
                template: QueryTemplateOptions(
                    type: QueryTemplateOptions.namePrefixMatch,
                    regexp: regexp
                ),
                service: service
            )
        }
        let geo = ServiceQuery(service: "${match(1)}", tags: ["${match(2)}"])
        add(template("geo-", "^geo-(.*?)-([^\\-]+?)$", geo), 10)
        add(template("pre-", "", ServiceQuery(service: "${name.suffix}")), 11)
        let longer = ServiceQuery(service: "${name.suffix}", onlyPassing: true, tags: ["!v2"])
        add(template("pre-fix-", "", longer), 12)
    }

    private mutating func add(_ row: PreparedQueryRow, _ number: Int) {
        var row = row
        row.id = "0a1b2c3d-0000-4000-8000-0000000001\(number < 10 ? "0" : "")\(number)"
        apply(.preparedQuery(PreparedQueryChange(.create, row)))
        precondition(store.preparedQuery(withID: row.id).value != nil, "\(row)")
    }
}
