// SPDX-License-Identifier: Apache-2.0
public import Definitions

/// A definition that was found to be sound, with the defaults of Consul filled in: what runs, how
/// often, and with which limits.
public struct CheckPlan: Hashable, Sendable {
    /// What the definition asked for and did not get, for a warning in the log.
    public enum Adjustment: Hashable, Sendable {
        /// The interval was raised to ``CheckPlan/minimumInterval``.
        case intervalRaised(from: Duration)
        /// `DeregisterCriticalServiceAfter` was raised to ``CheckPlan/minimumReapDelay``.
        case reapDelayRaised(from: Duration)
    }

    /// The smallest interval (Consul: `checks.MinInterval`).
    public static let minimumInterval = Duration.seconds(1)
    /// The smallest time after which a critical service is deregistered (Consul:
    /// `check_deregister_interval_min`).
    public static let minimumReapDelay = Duration.seconds(60)

    /// The kind that runs.
    public var kind: CheckKind
    /// The service to which the check belongs; empty for a node check.
    public var serviceID: String
    /// From the end of one run to the next; `nil` for kinds that are not polled.
    public var interval: Duration?
    /// How long one run may take.
    public var timeout: Duration
    /// How long a TTL check stays in a state; `nil` for other kinds.
    public var ttl: Duration?
    /// When results become states.
    public var thresholds: CheckThresholds
    /// The largest output kept, in octets.
    public var outputLimit: Int
    /// When the service is deregistered, if ever.
    public var reapDelay: Duration?
    /// What was changed on the way.
    public var adjustments: [Adjustment] = []

    /// Makes a plan from a definition, which can only lower `check_output_max_size` of the agent.
    public init(
        _ definition: CheckDefinition,
        outputMaxSize: Int
    ) throws(CheckRefusal) {
        try Self.validate(definition)
        guard let kind = definition.kind else { throw .ttlMissing }
        self.kind = kind
        serviceID = definition.serviceID
        ttl = kind == .ttl ? definition.ttl : nil
        timeout = definition.timeout.flatMap { $0 > .zero ? $0 : nil } ?? Self.defaultTimeout(kind)
        // Consul: 0 counts as not given, wherever the definition comes from.
        let warning = definition.failuresBeforeWarning ?? 0
        thresholds = CheckThresholds(
            successBeforePassing: definition.successBeforePassing,
            failuresBeforeWarning: warning == 0 ? definition.failuresBeforeCritical : warning,
            failuresBeforeCritical: definition.failuresBeforeCritical
        )
        let wanted = definition.outputMaxSize ?? 0
        outputLimit = wanted > 0 ? min(wanted, outputMaxSize) : outputMaxSize
        if kind != .ttl, kind != .alias, let asked = definition.interval {
            interval = max(asked, Self.minimumInterval)
            if asked < Self.minimumInterval { adjustments.append(.intervalRaised(from: asked)) }
        }
        // Consul: a node check never deregisters anything; pinned by "node checks reap nothing".
        if let asked = definition.deregisterCriticalServiceAfter, asked > .zero,
            !serviceID.isEmpty
        {
            reapDelay = max(asked, Self.minimumReapDelay)
            if asked < Self.minimumReapDelay { adjustments.append(.reapDelayRaised(from: asked)) }
        }
    }

    // Consul: `CheckType.Validate`, in its order, so that the same mistake gets the same text.
    private static func validate(_ definition: CheckDefinition) throws(CheckRefusal) {
        let isPolled =
            !definition.args.isEmpty || !definition.http.isEmpty || !definition.tcp.isEmpty
            || !definition.udp.isEmpty || !definition.grpc.isEmpty || !definition.h2ping.isEmpty
            || !definition.osService.isEmpty
        let isAlias = !definition.aliasService.isEmpty || !definition.aliasNode.isEmpty
        let hasInterval = (definition.interval ?? .zero) > .zero
        let hasTTL = (definition.ttl ?? .zero) > .zero
        if hasInterval, hasTTL { throw .intervalAndTTL }
        if isPolled, !hasInterval { throw .intervalMissing }
        if isPolled, isAlias { throw .intervalForAlias }
        if isAlias, hasTTL { throw .ttlForAlias }
        if !isPolled, !isAlias, !hasTTL { throw .ttlMissing }
        if (definition.outputMaxSize ?? 0) < 0 { throw .outputMaxSizeNegative }
        if (definition.failuresBeforeWarning ?? 0) > definition.failuresBeforeCritical {
            throw .warningAfterCritical
        }
    }

    // Consul API, "Kinds": 30 s for scripts, 10 s for whatever goes over a network.
    private static func defaultTimeout(_ kind: CheckKind) -> Duration {
        kind == .script || kind == .docker ? .seconds(30) : .seconds(10)
    }
}
