// SPDX-License-Identifier: Apache-2.0
import StateStore

/// The members of each kind that is kept (HTTP API 5.15), in the order in which Consul shows them.
extension ConfigShape {
    /// The members besides kind, name, metadata and indexes.
    static func members(of kind: ConfigEntryKind) -> [ConfigMember]? {
        switch kind {
        case .serviceDefaults: serviceDefaults
        case .proxyDefaults: proxyDefaults
        case .serviceResolver: serviceResolver
        case .serviceRouter: serviceRouter
        case .serviceSplitter: [ConfigMember("Splits", .list(.object(split)))]
        case .serviceIntentions: serviceIntentions
        case .ingressGateway: ingressGateway
        case .terminatingGateway: [ConfigMember("Services", .list(.object(linkedService)))]
        case .mesh: mesh
        case .exportedServices: exportedServices
        default: nil
        }
    }

    private static let serviceDefaults: [ConfigMember] = [
        ConfigMember("Protocol", .text),
        ConfigMember("Mode", .text),
        .always("TransparentProxy", transparentProxy),
        ConfigMember("MutualTLSMode", .text),
        .always("MeshGateway", mode),
        .always("Expose", expose),
        ConfigMember("ExternalSNI", .text),
        ConfigMember(
            "UpstreamConfig",
            .object([
                ConfigMember("Overrides", .list(upstream)), ConfigMember("Defaults", upstream),
            ])
        ),
        ConfigMember(
            "Destination",
            .object([ConfigMember("Addresses", .list(.text)), ConfigMember("Port", .integer)])
        ),
        ConfigMember("MaxInboundConnections", .integer),
        ConfigMember("LocalConnectTimeoutMs", .integer),
        ConfigMember("LocalRequestTimeoutMs", .integer),
        ConfigMember("BalanceInboundConnections", .text),
        ConfigMember("RateLimits", rateLimits),
        ConfigMember("EnvoyExtensions", .list(envoyExtension)),
    ]

    private static let proxyDefaults: [ConfigMember] = [
        .always("Config", .any),
        ConfigMember("Mode", .text),
        .always("TransparentProxy", transparentProxy),
        ConfigMember("MutualTLSMode", .text),
        .always("MeshGateway", mode),
        .always("Expose", expose),
        .always("AccessLogs", accessLogs),
        ConfigMember("EnvoyExtensions", .list(envoyExtension)),
        ConfigMember("FailoverPolicy", failoverPolicy),
        ConfigMember("PrioritizeByLocality", mode),
    ]

    private static let serviceRouter: [ConfigMember] = [
        ConfigMember(
            "Routes",
            .list(
                .object([
                    ConfigMember("Match", .object([ConfigMember("HTTP", .object(routeMatch))])),
                    ConfigMember("Destination", .object(routeDestination)),
                ])
            )
        )
    ]

    private static let routeMatch: [ConfigMember] = [
        ConfigMember("PathExact", .text), ConfigMember("PathPrefix", .text),
        ConfigMember("PathRegex", .text), ConfigMember("CaseInsensitive", .boolean),
        ConfigMember(
            "Header",
            .list(
                .object([
                    .always("Name", .text), ConfigMember("Present", .boolean),
                    ConfigMember("Exact", .text), ConfigMember("Prefix", .text),
                    ConfigMember("Suffix", .text), ConfigMember("Regex", .text),
                    ConfigMember("Invert", .boolean),
                ])
            )
        ),
        ConfigMember(
            "QueryParam",
            .list(
                .object([
                    .always("Name", .text), ConfigMember("Present", .boolean),
                    ConfigMember("Exact", .text), ConfigMember("Regex", .text),
                ])
            )
        ),
        ConfigMember("Methods", .list(.text)),
    ]

    private static let routeDestination: [ConfigMember] = [
        ConfigMember("Service", .text), ConfigMember("ServiceSubset", .text),
        ConfigMember("PrefixRewrite", .text), ConfigMember("RequestTimeout", .duration),
        ConfigMember("IdleTimeout", .duration), ConfigMember("NumRetries", .integer),
        ConfigMember("RetryOnConnectFailure", .boolean),
        ConfigMember("RetryOnStatusCodes", .list(.integer)),
        ConfigMember("RetryOn", .list(.text)), ConfigMember("RequestHeaders", headers),
        ConfigMember("ResponseHeaders", headers),
    ]

    private static let serviceResolver: [ConfigMember] = [
        ConfigMember("DefaultSubset", .text),
        ConfigMember(
            "Subsets",
            .map(
                .object([ConfigMember("Filter", .text), ConfigMember("OnlyPassing", .boolean)])
            )
        ),
        .block(
            "Redirect",
            [
                ConfigMember("Service", .text), ConfigMember("ServiceSubset", .text),
                ConfigMember("Datacenter", .text), ConfigMember("Peer", .text),
            ]
        ),
        ConfigMember(
            "Failover",
            .map(
                .object([
                    ConfigMember("Service", .text), ConfigMember("ServiceSubset", .text),
                    ConfigMember("Datacenters", .list(.text)),
                    ConfigMember("Targets", .list(failoverTarget)),
                    ConfigMember("Policy", failoverPolicy),
                ])
            )
        ),
        ConfigMember("ConnectTimeout", .duration),
        ConfigMember("RequestTimeout", .duration),
        ConfigMember("LoadBalancer", loadBalancer),
        ConfigMember("PrioritizeByLocality", mode),
    ]

    private static let failoverTarget = ConfigShape.object([
        ConfigMember("Service", .text), ConfigMember("ServiceSubset", .text),
        ConfigMember("Datacenter", .text), ConfigMember("Peer", .text),
    ])

    private static let loadBalancer = ConfigShape.object([
        ConfigMember("Policy", .text),
        .block(
            "RingHashConfig",
            [
                ConfigMember("MinimumRingSize", .integer),
                ConfigMember("MaximumRingSize", .integer),
            ]
        ),
        .block("LeastRequestConfig", [ConfigMember("ChoiceCount", .integer)]),
        ConfigMember(
            "HashPolicies",
            .list(
                .object([
                    ConfigMember("Field", .text), ConfigMember("FieldValue", .text),
                    .block(
                        "CookieConfig",
                        [
                            ConfigMember("Session", .boolean), ConfigMember("TTL", .duration),
                            ConfigMember("Path", .text),
                        ]
                    ),
                    ConfigMember("SourceIP", .boolean), ConfigMember("Terminal", .boolean),
                ])
            )
        ),
    ])

    private static let split: [ConfigMember] = [
        .always("Weight", .number), ConfigMember("Service", .text),
        ConfigMember("ServiceSubset", .text), ConfigMember("RequestHeaders", headers),
        ConfigMember("ResponseHeaders", headers),
    ]

    private static let serviceIntentions: [ConfigMember] = [
        .always(
            "Sources",
            .list(
                .object([
                    ConfigMember("Name", .text), ConfigMember("Action", .text),
                    ConfigMember("Permissions", .list(permission)),
                    ConfigMember("Precedence", .integer), ConfigMember("LegacyID", .text),
                    ConfigMember("Type", .text), ConfigMember("Description", .text),
                    ConfigMember("LegacyMeta", .map(.text)),
                    ConfigMember("LegacyCreateTime", .text),
                    ConfigMember("LegacyUpdateTime", .text), ConfigMember("Peer", .text),
                ])
            )
        ),
        ConfigMember("JWT", tokenRequirement),
    ]

    private static let permission = ConfigShape.object([
        .always("Action", .text),
        ConfigMember(
            "HTTP",
            .object([
                ConfigMember("PathExact", .text), ConfigMember("PathPrefix", .text),
                ConfigMember("PathRegex", .text),
                ConfigMember(
                    "Header",
                    .list(
                        .object([
                            .always("Name", .text), ConfigMember("Present", .boolean),
                            ConfigMember("Exact", .text), ConfigMember("Prefix", .text),
                            ConfigMember("Suffix", .text), ConfigMember("Contains", .text),
                            ConfigMember("Regex", .text), ConfigMember("IgnoreCase", .boolean),
                            ConfigMember("Invert", .boolean),
                        ])
                    )
                ),
                ConfigMember("Methods", .list(.text)),
            ])
        ),
        ConfigMember("JWT", tokenRequirement),
    ])

    private static let tokenRequirement = ConfigShape.object([
        ConfigMember(
            "Providers",
            .list(
                .object([
                    ConfigMember("Name", .text),
                    ConfigMember(
                        "VerifyClaims",
                        .list(
                            .object([
                                ConfigMember("Path", .list(.text)), ConfigMember("Value", .text),
                            ])
                        )
                    ),
                ])
            )
        )
    ])

    private static let mesh: [ConfigMember] = [
        .always("TransparentProxy", .object([.always("MeshDestinationsOnly", .boolean)])),
        ConfigMember("AllowEnablingPermissiveMutualTLS", .boolean),
        ConfigMember("ValidateClusters", .boolean),
        ConfigMember(
            "TLS",
            .object([ConfigMember("Incoming", meshTLS), ConfigMember("Outgoing", meshTLS)])
        ),
        ConfigMember(
            "HTTP",
            .object([
                .always("SanitizeXForwardedClientCert", .boolean),
                ConfigMember(
                    "Incoming",
                    .object([
                        ConfigMember(
                            "RequestNormalization",
                            .object([
                                .always("InsecureDisablePathNormalization", .boolean),
                                .always("MergeSlashes", .boolean),
                                .always("PathWithEscapedSlashesAction", .text),
                                .always("HeadersWithUnderscoresAction", .text),
                            ])
                        )
                    ])
                ),
            ])
        ),
        ConfigMember("Peering", .object([.always("PeerThroughMeshGateways", .boolean)])),
    ]

    private static let meshTLS = ConfigShape.object([
        ConfigMember("TLSMinVersion", .text), ConfigMember("TLSMaxVersion", .text),
        ConfigMember("CipherSuites", .list(.text)),
    ])

    private static let exportedServices: [ConfigMember] = [
        .always(
            "Services",
            .list(
                .object([
                    .always("Name", .text),
                    .always(
                        "Consumers",
                        .list(
                            .object([
                                ConfigMember("Partition", .text), ConfigMember("Peer", .text),
                                ConfigMember("SamenessGroup", .text),
                            ])
                        )
                    ),
                ])
            )
        )
    ]
}
