// SPDX-License-Identifier: Apache-2.0

/// A config entry (HTTP API 5.15).
///
/// What the store needs to know stands in members of its own; all the rest is text.
public struct ConfigEntryRow: Hashable, Sendable {
    /// The kind.
    public var kind: ConfigEntryKind
    /// The name, compared without case; `*` for every service.
    public var name: String
    /// The members besides kind, name and indexes, as compact JSON text of an object.
    public var contentJSON: String
    /// The services that a gateway lists; `*` for all.
    public var services: [String]
    /// The index that created the row.
    public var createIndex: RaftIndex
    /// The index that changed the row last.
    public var modifyIndex: RaftIndex

    /// Makes a row; the indexes are set when a command is applied.
    public init(
        kind: ConfigEntryKind,
        name: String,
        contentJSON: String = "",
        services: [String] = [],
        createIndex: RaftIndex = .zero,
        modifyIndex: RaftIndex = .zero
    ) {
        self.kind = kind
        self.name = name
        self.contentJSON = contentJSON
        self.services = services
        self.createIndex = createIndex
        self.modifyIndex = modifyIndex
    }

    /// The folded names of services that need a virtual address because of this entry (DNS 2.9).
    var servicesWithVirtualAddress: [String] {
        let names: [String] =
            switch kind {
            case .serviceDefaults, .serviceResolver, .serviceRouter, .serviceSplitter,
                .serviceIntentions:
                [name]
            case .terminatingGateway: services
            default: []
            }
        return names.filter { $0 != "*" }.map(StateStore.folded)
    }
}

/// The kind of a config entry.
public struct ConfigEntryKind: RawRepresentable, Hashable, Sendable {
    /// The text of the API.
    public var rawValue: String

    /// Makes a kind, known or not.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Protocol and proxy defaults of a service.
    public static let serviceDefaults = ConfigEntryKind(rawValue: "service-defaults")
    /// Subsets, redirection and failover of a service.
    public static let serviceResolver = ConfigEntryKind(rawValue: "service-resolver")
    /// Routes of a service by request.
    public static let serviceRouter = ConfigEntryKind(rawValue: "service-router")
    /// Shares of requests to a service.
    public static let serviceSplitter = ConfigEntryKind(rawValue: "service-splitter")
    /// Who may connect to a service.
    public static let serviceIntentions = ConfigEntryKind(rawValue: "service-intentions")
    /// Which services a gateway lets in.
    public static let ingressGateway = ConfigEntryKind(rawValue: "ingress-gateway")
    /// Which services outside a gateway leads to.
    public static let terminatingGateway = ConfigEntryKind(rawValue: "terminating-gateway")

    /// What holds for all proxies; one entry, `global`.
    public static let proxyDefaults = ConfigEntryKind(rawValue: "proxy-defaults")
    /// What holds for the whole mesh; one entry, `mesh`.
    public static let mesh = ConfigEntryKind(rawValue: "mesh")
    /// Which services others may see; one entry, `default`.
    public static let exportedServices = ConfigEntryKind(rawValue: "exported-services")

    /// The kinds that are kept.
    public static let known: [ConfigEntryKind] = [
        .serviceDefaults, .serviceResolver, .serviceRouter, .serviceSplitter, .serviceIntentions,
        .ingressGateway, .terminatingGateway, .proxyDefaults, .mesh, .exportedServices,
    ]

    /// Kinds that Consul has and that are not kept as yet.
    public static let unsupported: [ConfigEntryKind] = [
        "api-gateway", "bound-api-gateway", "http-route", "tcp-route", "inline-certificate",
        "file-system-certificate", "jwt-provider", "sameness-group", "control-plane-request-limit",
    ].map(ConfigEntryKind.init(rawValue:))
}
