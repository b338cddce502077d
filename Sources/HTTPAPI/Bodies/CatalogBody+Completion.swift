// SPDX-License-Identifier: Apache-2.0
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
}
