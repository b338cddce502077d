// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore

/// What a registration in the catalog must have (HTTP API 4.4).
extension CatalogBody {
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
        if !node.id.isEmpty, let problem = UUIDText.problem(node.id) {
            throw BodyError("Bad node ID: \(problem)")
        }
        if var service = registration.service {
            if let problem = proxyProblem(of: service) { throw BodyError(problem) }
            guard !service.name.isEmpty else {
                throw BodyError(
                    "Must provide service name (Service.Service) when service ID is provided"
                )
            }
            if service.id.isEmpty { service.id = service.name }
            service.node = node.name
            registration.service = service
        }
        for position in registration.checks.indices
        where registration.checks[position].node.isEmpty {
            registration.checks[position].node = node.name
        }
        return registration
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
