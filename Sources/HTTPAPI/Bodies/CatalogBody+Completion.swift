// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore

/// What a registration in the catalog must have (HTTP API 4.4).
extension CatalogBody {
    /// Why nothing of another cluster is registered (Consul: Catalog.Register).
    static let peerRefusal = "cannot register requests with PeerName in them"

    /// Validates a registration and fills in what may be left out, in Consul's order.
    ///
    /// - Throws: ``BodyError``, which Consul answers with 500.
    static func completed(_ given: Registration) throws(BodyError) -> Registration {
        var registration = given
        let node = registration.node
        guard !node.name.isEmpty else { throw BodyError("Must provide node") }
        guard !node.address.isEmpty || registration.skipNodeUpdate else {
            throw BodyError("Must provide address if SkipNodeUpdate is not set")
        }
        if let problem = idProblem(of: node) { throw BodyError(problem) }
        if var service = registration.service {
            if let problem = proxyProblem(of: service) { throw BodyError(problem) }
            guard !service.name.isEmpty else {
                throw BodyError(
                    "Must provide service name (Service.Service) when service ID is provided"
                )
            }
            if service.id.isEmpty { service.id = service.name }
            service.node = node.name
            if let problem = metaProblem(of: service) {
                throw BodyError("failed inserting service: \(problem)")
            }
            registration.service = service
        }
        for position in registration.checks.indices {
            if registration.checks[position].node.isEmpty {
                registration.checks[position].node = node.name
            }
            guard registration.checks[position].id.isEmpty else { continue }
            // Consul finds it out when its index has no value for the row; only the hint is ours.
            throw BodyError(
                "failed inserting check on node \(GoQuoted.text(node.name)): failed health check lookup: "
                    + "index error: object is missing a value for this index (a check must have CheckID or Name)"
            )
        }
        return registration
    }

    /// What is wrong with the ID of a node that has one (Consul: nodePreApply).
    static func idProblem(of node: NodeRow) -> String? {
        guard !node.id.isEmpty, let problem = UUIDText.problem(node.id) else { return nil }
        return "Bad node ID: \(problem)"
    }

    /// What is wrong with an instance's metadata, as Consul's state store tells it (ensureServiceTxn).
    static func metaProblem(of service: ServiceRow) -> String? {
        do throws(DefinitionError) {
            try MetadataValidation.validate(
                service.meta ?? [:],
                // Consul: gateways keep their settings under the reserved prefix.
                allowsReservedPrefix: service.kind.hasSuffix("-gateway")
            )
            return nil
        } catch {
            let id = service.id.isEmpty ? service.name : service.id
            return "Invalid Service Meta for node \(service.node) and serviceID \(id): "
                + error.message
        }
    }

    /// Why an instance cannot be a proxy, as Consul lists what is wrong; `nil` if it can, or is none.
    static func proxyProblem(of service: ServiceRow) -> String? {
        let problems = ProxyRules.problems(
            kind: service.kind,
            proxy: service.proxy,
            hasPlace: service.port != 0 || !service.socketPath.isEmpty,
            isNative: service.connectNative
        )
        guard !problems.isEmpty else { return nil }
        let head = problems.count == 1 ? "1 error" : "\(problems.count) errors"
        return "\(head) occurred:\n" + problems.map { "\t* \($0)\n" }.joined() + "\n"
    }
}
