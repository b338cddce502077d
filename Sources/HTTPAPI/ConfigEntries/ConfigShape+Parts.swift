// SPDX-License-Identifier: Apache-2.0

/// Gateways, and the parts that several kinds of config entries have in common (HTTP API 5.15).
extension ConfigShape {
    static let mode = ConfigShape.object([ConfigMember("Mode", .text)])

    static let transparentProxy = ConfigShape.object([
        ConfigMember("OutboundListenerPort", .integer), ConfigMember("DialedDirectly", .boolean),
    ])

    static let expose = ConfigShape.object([
        ConfigMember("Checks", .boolean),
        ConfigMember(
            "Paths",
            .list(
                .object([
                    ConfigMember("ListenerPort", .integer), ConfigMember("Path", .text),
                    ConfigMember("LocalPathPort", .integer), ConfigMember("Protocol", .text),
                    ConfigMember("ParsedFromCheck", .boolean),
                ])
            )
        ),
    ])

    static let accessLogs = ConfigShape.object([
        ConfigMember("Enabled", .boolean), ConfigMember("DisableListenerLogs", .boolean),
        ConfigMember("Type", .text), ConfigMember("Path", .text),
        ConfigMember("JSONFormat", .text), ConfigMember("TextFormat", .text),
    ])

    /// What only a proxy itself reads of its registration (HTTP API 5.3.1).
    static let dataPlane = ConfigShape.object([
        ConfigMember("LocalServiceSocketPath", .text),
        ConfigMember("TransparentProxy", transparentProxy),
        ConfigMember("MutualTLSMode", .text),
        ConfigMember("AccessLogs", accessLogs),
        ConfigMember("EnvoyExtensions", .list(envoyExtension)),
    ])

    /// How one service reaches another one.
    static let upstream = ConfigShape.object([
        ConfigMember("Name", .text), .always("Peer", .text),
        ConfigMember("EnvoyListenerJSON", .text), ConfigMember("EnvoyClusterJSON", .text),
        ConfigMember("Protocol", .text),
        ConfigMember("ConnectTimeoutMs", .integer), ConfigMember("Limits", limits),
        ConfigMember("PassiveHealthCheck", passiveHealthCheck), .always("MeshGateway", mode),
        ConfigMember("BalanceOutboundConnections", .text),
    ])

    private static let limits = ConfigShape.object([
        ConfigMember("MaxConnections", .integer), ConfigMember("MaxPendingRequests", .integer),
        ConfigMember("MaxConcurrentRequests", .integer),
    ])

    private static let passiveHealthCheck = ConfigShape.object([
        ConfigMember("Interval", .duration), ConfigMember("MaxFailures", .integer),
        ConfigMember("EnforcingConsecutive5xx", .integer),
        ConfigMember("MaxEjectionPercent", .integer), ConfigMember("BaseEjectionTime", .duration),
    ])

    static let rateLimits = ConfigShape.object([
        .always(
            "InstanceLevel",
            .object([
                ConfigMember("RequestsPerSecond", .integer),
                ConfigMember("RequestsMaxBurst", .integer),
                ConfigMember(
                    "Routes",
                    .list(
                        .object([
                            ConfigMember("PathExact", .text), ConfigMember("PathPrefix", .text),
                            ConfigMember("PathRegex", .text),
                            ConfigMember("RequestsPerSecond", .integer),
                            ConfigMember("RequestsMaxBurst", .integer),
                        ])
                    )
                ),
            ])
        )
    ])

    static let envoyExtension = ConfigShape.object([
        .always("Name", .text), ConfigMember("Required", .boolean),
        .always("Arguments", .any), ConfigMember("ConsulVersion", .text),
        ConfigMember("EnvoyVersion", .text),
    ])

    static let failoverPolicy = ConfigShape.object([
        ConfigMember("Mode", .text), ConfigMember("Regions", .list(.text)),
    ])

    /// What is done to the headers of a request or a response.
    static let headers = ConfigShape.object([
        ConfigMember("Add", .map(.text)), ConfigMember("Set", .map(.text)),
        ConfigMember("Remove", .list(.text)),
    ])

    static let ingressGateway: [ConfigMember] = [
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
        ConfigMember(
            "Defaults",
            .object([
                ConfigMember("MaxConnections", .integer),
                ConfigMember("MaxPendingRequests", .integer),
                ConfigMember("MaxConcurrentRequests", .integer),
                ConfigMember("PassiveHealthCheck", passiveHealthCheck),
            ])
        ),
    ]

    private static let gatewayTLS = ConfigShape.object([
        .always("Enabled", .boolean), ConfigMember("SDS", certificateSource),
        ConfigMember("TLSMinVersion", .text), ConfigMember("TLSMaxVersion", .text),
        ConfigMember("CipherSuites", .list(.text)),
    ])

    private static let certificateSource = ConfigShape.object([
        ConfigMember("ClusterName", .text), ConfigMember("CertResource", .text),
    ])

    private static let ingressService: [ConfigMember] = [
        .always("Name", .text), .always("Hosts", .list(.text)),
        ConfigMember("TLS", .object([ConfigMember("SDS", certificateSource)])),
        ConfigMember("RequestHeaders", headers), ConfigMember("ResponseHeaders", headers),
        ConfigMember("MaxConnections", .integer), ConfigMember("MaxPendingRequests", .integer),
        ConfigMember("MaxConcurrentRequests", .integer),
        ConfigMember("PassiveHealthCheck", passiveHealthCheck),
    ]

    static let linkedService: [ConfigMember] = [
        ConfigMember("Name", .text), ConfigMember("CAFile", .text),
        ConfigMember("CertFile", .text), ConfigMember("KeyFile", .text),
        ConfigMember("SNI", .text), ConfigMember("DisableAutoHostRewrite", .boolean),
    ]
}
