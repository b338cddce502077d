// SPDX-License-Identifier: Apache-2.0

extension ServiceDefinition {
    /// Checks the definition as the agent's registration does, with its checks (Consul: agent
    /// service registration; spec http-api.md 4.3), in Consul's order.
    ///
    /// - Throws: the whole text of the API, e.g. `Invalid Weights: Passing must be …`.
    public func validateRegistration() throws(DefinitionError) {
        if name.isEmpty { throw DefinitionError("Missing service name") }
        try NameLimit.validate(name, "Service name")
        try NameLimit.validate(id, "Service ID")
        if IPAddressText.isUnspecified(address) {
            throw DefinitionError("Invalid service address")
        }
        try validateMeta()
        do { try weights?.validate() } catch {
            throw DefinitionError("Invalid Weights: \(error.message)")
        }
        // RFC 2782: 16 bits. Our own key.
        if let priority, !(0...65535).contains(priority) {
            throw DefinitionError("Invalid Priority: must be between 0 and 65535")
        }
        // Consul: a check without an ID is called `service:<id>`, and `:<n>` behind it where there are several.
        let own = "service:\(id.isEmpty ? name : id)" + (checks.count > 1 ? ":\(checks.count)" : "")
        if checks.contains(where: \.id.isEmpty) { try NameLimit.validate(own, "Check ID") }
        for check in checks {
            try NameLimit.validate(check.id, "Check ID")
            do { try check.validateKind() } catch {
                throw DefinitionError("Invalid check: \(error.message)")
            }
            guard check.hasKnownStatus else {
                throw DefinitionError("Status for checks must 'passing', 'warning', 'critical'")
            }
        }
        try validateSidecar()
        do {
            try validateTaggedAddresses()
            try validateProxy()
        } catch { throw DefinitionError("Validation failed: \(error.message)") }
    }

    private func validateMeta() throws(DefinitionError) {
        // Consul: gateways keep their settings under the reserved prefix.
        let isGateway = kind.hasSuffix("-gateway")
        do {
            try MetadataValidation.validate(meta, allowsReservedPrefix: isGateway)
        } catch { throw DefinitionError("Invalid Service Meta: \(error.message)") }
    }

    private func validateTaggedAddresses() throws(DefinitionError) {
        for (key, value) in taggedAddresses.sorted(by: { $0.key < $1.key }) {
            let family = IPAddressText.family(of: value.address)
            if key.hasSuffix("_ipv4"), family != .v4 {
                throw DefinitionError(
                    "Service tagged address \"\(key)\" must be a valid ipv4 address"
                )
            }
            if key.hasSuffix("_ipv6"), family != .v6 {
                throw DefinitionError(
                    "Service tagged address \"\(key)\" must be a valid ipv6 address"
                )
            }
        }
    }

    // Consul: NodeService.Validate, the rules that discovery can see.
    private func validateProxy() throws(DefinitionError) {
        if !socketPath.isEmpty, port != 0 || !address.isEmpty {
            throw DefinitionError(
                "Service Address and Port cannot be set together with SocketPath"
            )
        }
        let problems = ProxyRules.problems(
            kind: kind,
            proxy: proxy,
            hasPlace: port != 0 || !socketPath.isEmpty,
            isNative: connectNative
        )
        if let first = problems.first { throw DefinitionError(first) }
    }

    /// What is odd but accepted: names and tags that DNS cannot say (Consul logs these).
    public var warnings: [String] {
        var result: [String] = []
        if let reason = Self.unreachableByDNS(name) {
            result.append(
                "Service name \"\(name)\" will not be discoverable via DNS due to \(reason)"
            )
        }
        for tag in tags {
            guard let reason = Self.unreachableByDNS(tag) else { continue }
            result.append(
                "Service tag \"\(tag)\" will not be discoverable via DNS due to \(reason)"
            )
        }
        return result
    }

    private static func unreachableByDNS(_ label: String) -> String? {
        let isPlain = label.utf8.allSatisfy { octet in
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        if !isPlain {
            return "invalid characters. Valid characters include all alpha-numerics and dashes."
        }
        // RFC 1035 §2.3.4: a label has at most 63 octets.
        if label.utf8.count > 63 {
            return "it being too long. Valid lengths are between 1 and 63 bytes."
        }
        return nil
    }
}

extension ServiceWeights {
    /// Checks the weights (Consul: `ValidateWeights`), without the prefix `Invalid Weights: `.
    public func validate() throws(DefinitionError) {
        if passing < 1 { throw DefinitionError("Passing must be greater than 0") }
        if warning < 0 { throw DefinitionError("Warning must be greater or equal than 0") }
        if passing > 65535 || warning > 65535 {
            throw DefinitionError("DNS Weight must be between 0 and 65535")
        }
    }
}
