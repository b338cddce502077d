// SPDX-License-Identifier: Apache-2.0
import StateStore

/// The members of each kind that is kept (HTTP API 5.15).
extension ConfigShape {
    /// The members besides kind, name, metadata and indexes.
    static func members(of kind: ConfigEntryKind) -> [ConfigMember]? {
        switch kind {
        case .serviceDefaults: serviceDefaults
        case .serviceResolver: serviceResolver
        case .serviceRouter: [ConfigMember("Routes", .list(.any))]
        case .serviceSplitter: [ConfigMember("Splits", .list(.object(split)))]
        case .serviceIntentions: serviceIntentions
        case .ingressGateway: ingressGateway
        case .terminatingGateway: [ConfigMember("Services", .list(.object(linkedService)))]
        default: nil
        }
    }

    private static let mode = ConfigShape.object([ConfigMember("Mode", .text)])

    private static let serviceDefaults: [ConfigMember] = [
        ConfigMember("Protocol", .text),
        ConfigMember("Mode", .text),
        .always(
            "TransparentProxy",
            .object([
                ConfigMember("OutboundListenerPort", .integer),
                ConfigMember("DialedDirectly", .boolean),
            ])
        ),
        ConfigMember("MutualTLSMode", .text),
        .always("MeshGateway", mode),
        .always(
            "Expose",
            .object([ConfigMember("Checks", .boolean), ConfigMember("Paths", .list(.any))])
        ),
        ConfigMember("ExternalSNI", .text),
        ConfigMember(
            "UpstreamConfig",
            .object([ConfigMember("Overrides", .list(.any)), ConfigMember("Defaults", .any)])
        ),
        ConfigMember(
            "Destination",
            .object([ConfigMember("Addresses", .list(.text)), ConfigMember("Port", .integer)])
        ),
        ConfigMember("MaxInboundConnections", .integer),
        ConfigMember("LocalConnectTimeoutMs", .integer),
        ConfigMember("LocalRequestTimeoutMs", .integer),
        ConfigMember("BalanceInboundConnections", .text),
        ConfigMember("RateLimits", .any),
        ConfigMember("EnvoyExtensions", .list(.any)),
    ]

    private static let serviceResolver: [ConfigMember] = [
        ConfigMember("DefaultSubset", .text),
        ConfigMember(
            "Subsets",
            .map(
                .object([ConfigMember("Filter", .text), ConfigMember("OnlyPassing", .boolean)])
            )
        ),
        ConfigMember(
            "Redirect",
            .object([
                ConfigMember("Service", .text), ConfigMember("ServiceSubset", .text),
                ConfigMember("Datacenter", .text), ConfigMember("Peer", .text),
            ])
        ),
        ConfigMember(
            "Failover",
            .map(
                .object([
                    ConfigMember("Service", .text), ConfigMember("ServiceSubset", .text),
                    ConfigMember("Datacenters", .list(.text)),
                    ConfigMember("Targets", .list(.any)), ConfigMember("Policy", .any),
                ])
            )
        ),
        ConfigMember("ConnectTimeout", .duration),
        ConfigMember("RequestTimeout", .duration),
        ConfigMember("LoadBalancer", .any),
        ConfigMember("PrioritizeByLocality", .any),
    ]

    private static let split: [ConfigMember] = [
        .always("Weight", .number), ConfigMember("Service", .text),
        ConfigMember("ServiceSubset", .text), ConfigMember("RequestHeaders", .any),
        ConfigMember("ResponseHeaders", .any),
    ]

    private static let serviceIntentions: [ConfigMember] = [
        .always(
            "Sources",
            .list(
                .object([
                    ConfigMember("Name", .text), ConfigMember("Action", .text),
                    ConfigMember("Permissions", .list(.any)),
                    ConfigMember("Precedence", .integer), ConfigMember("LegacyID", .text),
                    ConfigMember("Type", .text), ConfigMember("Description", .text),
                    ConfigMember("LegacyMeta", .map(.text)),
                    ConfigMember("LegacyCreateTime", .text),
                    ConfigMember("LegacyUpdateTime", .text), ConfigMember("Peer", .text),
                ])
            )
        ),
        ConfigMember("JWT", .any),
    ]

    private static let ingressGateway: [ConfigMember] = [
        .always("TLS", gatewayTLS),
        .always(
            "Listeners",
            .list(
                .object([
                    .always("Port", .integer), .always("Protocol", .text),
                    ConfigMember("TLS", gatewayTLS),
                    .always("Services", .list(.object(ingressService))),
                ])
            )
        ),
        ConfigMember("Defaults", .any),
    ]

    private static let gatewayTLS = ConfigShape.object([
        .always("Enabled", .boolean), ConfigMember("SDS", .any),
        ConfigMember("TLSMinVersion", .text), ConfigMember("TLSMaxVersion", .text),
        ConfigMember("CipherSuites", .list(.text)),
    ])

    private static let ingressService: [ConfigMember] = [
        .always("Name", .text), .always("Hosts", .list(.text)), ConfigMember("TLS", .any),
        ConfigMember("RequestHeaders", .any), ConfigMember("ResponseHeaders", .any),
        ConfigMember("MaxConnections", .integer), ConfigMember("MaxPendingRequests", .integer),
        ConfigMember("MaxConcurrentRequests", .integer),
        ConfigMember("PassiveHealthCheck", .any),
    ]

    private static let linkedService: [ConfigMember] = [
        ConfigMember("Name", .text), ConfigMember("CAFile", .text),
        ConfigMember("CertFile", .text), ConfigMember("KeyFile", .text),
        ConfigMember("SNI", .text), ConfigMember("DisableAutoHostRewrite", .boolean),
    ]
}
