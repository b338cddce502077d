// SPDX-License-Identifier: Apache-2.0
public import Definitions
import StateStore

extension LocalState {
    /// Registers a valid service with its checks.
    ///
    /// Checks that existed before keep their status and output; those that the definition does
    /// not name stay, unless `replacingChecks` (Consul: `?replace-existing-checks`).
    public mutating func register(
        _ definition: ServiceDefinition,
        source: DefinitionSource,
        replacingChecks: Bool = false
    ) -> LocalEffects {
        let definition = definition.normalized()
        let row = serviceRow(of: definition)
        var effects = LocalEffects()
        var named: Set<String> = []
        var rows: [CheckRow] = []
        let isRenamed = services[definition.id].map { $0.row.name != row.name } ?? false
        if services[definition.id]?.row != row { effects.changedServices.append(definition.id) }
        put(
            service: LocalService(row: row, definition: definition, source: source),
            definition.id
        )
        for (position, check) in definition.checks.enumerated() {
            let local = serviceCheck(check, at: position, of: definition, source: source)
            named.insert(local.row.id)
            rows.append(add(local, to: &effects))
        }
        for id in checkIDs(ofService: definition.id) where !named.contains(id) {
            if replacingChecks {
                remove(check: id, tellingCatalog: true, effects: &effects)
            } else {
                update(check: id) {
                    $0.row.serviceName = row.name
                    $0.row.serviceTags = row.tags
                }
                if isRenamed, let row = checks[id]?.row { rows.append(catalogRow(row)) }
            }
        }
        effects.commands += registrations(service: row, checks: rows)
        return effects
    }

    /// Removes a service and its checks, and its sidecar with them.
    ///
    /// - Throws: ``LocalStateError/unknownService(_:)``
    public mutating func deregisterService(_ id: String) throws(LocalStateError) -> LocalEffects {
        _ = try service(id)
        var effects = LocalEffects()
        for check in checkIDs(ofService: id) {
            remove(check: check, tellingCatalog: false, effects: &effects)
        }
        put(service: nil, id)
        effects.changedServices.append(id)
        // The catalog removes the service's checks with it.
        effects.commands.append(.deregister(Deregistration(node: node.name, serviceID: id)))
        for sidecar in services.values.filter({ $0.sidecarOf == id }).map(\.row.id).sorted() {
            effects.append(try deregisterService(sidecar))
        }
        return effects
    }

    /// The row that a definition makes.
    ///
    /// An IP address is also the address of both sides (Consul API, "Agent service definition",
    /// Address).
    func serviceRow(of definition: ServiceDefinition) -> ServiceRow {
        var tagged = definition.taggedAddresses
        let own = ServiceAddress(address: definition.address, port: definition.port)
        let sides: [String] =
            switch IPAddressText.family(of: definition.address) {
            case .v4: ["lan_ipv4", "wan_ipv4"]
            case .v6: ["lan_ipv6", "wan_ipv6"]
            case nil: []
            }
        for side in sides where tagged[side] == nil { tagged[side] = own }
        var row = ServiceRow(
            node: node.name,
            id: definition.id,
            name: definition.name,
            kind: definition.kind,
            tags: definition.tags,
            address: definition.address,
            taggedAddresses: tagged,
            meta: definition.meta,
            port: definition.port,
            socketPath: definition.socketPath,
            weights: definition.weights ?? ServiceWeights(),
            priority: definition.priority ?? 1,
            enableTagOverride: definition.enableTagOverride,
            proxy: definition.proxy,
            connectNative: definition.connectNative
        )
        row.locality = definition.locality
        return row
    }

    private func serviceCheck(
        _ definition: CheckDefinition,
        at position: Int,
        of service: ServiceDefinition,
        source: DefinitionSource
    ) -> LocalCheck {
        var definition = definition
        if definition.id.isEmpty {
            // Consul: `service:<id>`, and `service:<id>:<n>` when there are several.
            definition.id = "service:\(service.id)"
            if service.checks.count > 1 { definition.id += ":\(position + 1)" }
        }
        if definition.name.isEmpty { definition.name = "Service '\(service.name)' check" }
        if definition.token.isEmpty { definition.token = service.token }
        definition.serviceID = service.id
        return LocalCheck(
            row: checkRow(of: definition, service: service),
            definition: definition,
            source: source
        )
    }

    /// The commands that tell the catalog of a service and its checks: mostly one, and more where one would be larger
    /// than an entry of the log may be.
    ///
    /// The service comes with the first ones, of which those are that do not pass: it is not answered as healthy in between.
    func registrations(service: ServiceRow?, checks: [CheckRow]) -> [Command] {
        guard checks.reduce(0, { $0 + $1.size }) > Self.largestChecks else {
            return [registration(service: service, checks: checks)]
        }
        var commands: [Command] = []
        var (service, group, size) = (service, [CheckRow](), 0)
        for row in checks.filter({ $0.status != .passing })
            + checks.filter({ $0.status == .passing })
        {
            if size + row.size > Self.largestChecks, !group.isEmpty {
                commands.append(registration(service: service, checks: group))
                (service, group, size) = (nil, [], 0)
            }
            group.append(row)
            size += row.size
        }
        commands.append(registration(service: service, checks: group))
        return commands
    }

    /// The octets of checks that go into one command: a small part of what an entry of the log may have.
    private static let largestChecks = 256 << 10

    /// The command that tells the catalog of a service and some of its checks.
    func registration(service: ServiceRow?, checks: [CheckRow]) -> Command {
        .register(
            Registration(node: node, skipNodeUpdate: true, service: service, checks: checks)
        )
    }
}

extension CheckRow {
    /// About as many octets as it takes in a command.
    fileprivate var size: Int {
        let tags = serviceTags.reduce(0) { $0 + $1.utf8.count + 2 }
        return 128 + id.utf8.count + name.utf8.count + notes.utf8.count + output.utf8.count
            + serviceID.utf8.count + serviceName.utf8.count + definitionJSON.utf8.count + tags
    }
}
