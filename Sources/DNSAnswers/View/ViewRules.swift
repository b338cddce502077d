// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// What every change asks of the settings, as plain numbers.
struct ViewRules {
    /// Whether warning instances are left out too.
    let onlyPassing: Bool
    /// Whether weights order addresses.
    let weightsAddresses: Bool
    /// Whether ANY and the glue of SRV have both families of an instance.
    let isDualStack: Bool
    /// Whether replies say why they are as they are.
    let explainsErrors: Bool
    /// The octets of the longest domain.
    let domainLength: Int
    /// The octets of the datacenter's name.
    let datacenterLength: Int

    init(_ settings: DNSSettings) {
        onlyPassing = settings.onlyPassing
        weightsAddresses = settings.weightsAddresses
        isDualStack = settings.isDualStack
        explainsErrors = settings.explainsErrors
        domainLength = max(
            settings.domain.wire.count,
            settings.alternateDomain?.wire.count ?? 0
        )
        datacenterLength = settings.datacenter.utf8.count
    }
}
