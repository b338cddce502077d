// SPDX-License-Identifier: Apache-2.0

extension CheckDefinition {
    /// Checks the definition as a registration of its own (`/v1/agent/check/register`, `check`
    /// blocks): name or ID, status, and the rules of the kind.
    ///
    /// - Throws: the whole text of the API, e.g. `Invalid check: Interval must be > 0 for …`.
    public func validateRegistration() throws(DefinitionError) {
        if name.isEmpty { throw DefinitionError("Missing check name") }
        try NameLimit.validate(name, "Check name")
        try NameLimit.validate(id, "Check ID")
        guard hasKnownStatus else { throw DefinitionError("Bad check status") }
        do { try validateKind() } catch { throw DefinitionError("Invalid check: \(error.message)") }
    }

    /// Whether the initial status is absent or one of the three that checks know.
    public var hasKnownStatus: Bool {
        guard let status, !status.rawValue.isEmpty else { return true }
        return status == .passing || status == .warning || status == .critical
    }

    /// Checks the rules of the kinds (Consul: `CheckType.Validate`; spec http-api.md 4.3), in
    /// Consul's order, without the prefix `Invalid check: `.
    public func validateKind() throws(DefinitionError) {
        let isPolled =
            !args.isEmpty || !http.isEmpty || !tcp.isEmpty || !udp.isEmpty || !grpc.isEmpty
            || !h2ping.isEmpty || !osService.isEmpty
        let isAlias = !aliasService.isEmpty || !aliasNode.isEmpty
        let hasInterval = (interval ?? .zero) > .zero
        let hasTTL = (ttl ?? .zero) > .zero
        if hasInterval, hasTTL {
            throw DefinitionError("Interval and TTL cannot both be specified")
        }
        if isPolled, !hasInterval {
            throw DefinitionError(
                "Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or OSService checks"
            )
        }
        if isPolled, isAlias {
            throw DefinitionError("Interval cannot be set for Alias checks")
        }
        if isAlias, hasTTL { throw DefinitionError("TTL must be not be set for Alias checks") }
        if !isPolled, !isAlias, !hasTTL {
            throw DefinitionError("TTL must be > 0 for TTL checks")
        }
        if let outputMaxSize, outputMaxSize < 0 {
            throw DefinitionError("MaxOutputMaxSize must be positive")
        }
        if let failuresBeforeWarning, failuresBeforeWarning > failuresBeforeCritical {
            throw DefinitionError(
                "FailuresBeforeWarning can't be higher than FailuresBeforeCritical"
            )
        }
    }

    /// Whether running the check means running a program (script or Docker), which an agent only
    /// does when told so (`enable_script_checks`, `enable_local_script_checks`).
    public var runsProgram: Bool { !args.isEmpty }
}
