// SPDX-License-Identifier: Apache-2.0
public import Definitions

extension PreparedQueryRow {
    /// What the API shows in place of a token.
    public static let redactedToken = "<hidden>"

    /// Finds what is wrong with a query by itself, in Consul's words (HTTP API 4.10): the same
    /// whatever is stored.
    public func validate() throws(DefinitionError) {
        // Consul: parseQuery, parseService, parseDNS, in this order.
        if name.isEmpty, !isTemplate, session.isEmpty {
            throw DefinitionError("Must be bound to a session")
        }
        if token == Self.redactedToken {
            throw DefinitionError(
                "Bad Token '\(token)', it looks like a query definition with a redacted token was"
                    + " submitted"
            )
        }
        try service.validate()
        if !dnsTTL.isEmpty { try Self.validate(ttl: dnsTTL) }
    }

    private static func validate(ttl: String) throws(DefinitionError) {
        let duration: Duration
        do throws(GoDurationError) {
            duration = try GoDuration.parse(ttl)
        } catch {
            throw DefinitionError("Bad DNS TTL '\(ttl)': \(error)")
        }
        if duration < .zero {
            let nanoseconds = GoDuration.nanoseconds(duration)
            throw DefinitionError("DNS TTL '\(nanoseconds)', must be >=0")
        }
    }

    /// The TTL of DNS answers in whole seconds; `nil` for that of the service (DNS 2.10).
    public static func seconds(ofTTL text: String) -> UInt32? {
        guard !text.isEmpty, let duration = try? GoDuration.parse(text) else { return nil }
        return UInt32(clamping: duration.components.seconds)
    }
}

extension ServiceQuery {
    fileprivate func validate() throws(DefinitionError) {
        if service.isEmpty { throw DefinitionError("Must provide a Service name to query") }
        if failover.nearestN < 0 {
            throw DefinitionError("Bad NearestN '\(failover.nearestN)', must be >= 0")
        }
        if failover.nearestN != 0 || !failover.datacenters.isEmpty, !failover.targets.isEmpty {
            throw DefinitionError("Targets cannot be populated with NearestN or Datacenters")
        }
        try Self.validate(nodeMeta, "NodeMeta")
        try Self.validate(serviceMeta, "ServiceMeta")
    }

    private static func validate(
        _ meta: [String: String]?,
        _ what: String
    ) throws(DefinitionError) {
        do throws(DefinitionError) {
            try MetadataValidation.validate(meta ?? [:], allowsReservedPrefix: true)
        } catch {
            throw DefinitionError("Invalid \(what) filter: \(error.message)")
        }
    }
}
