// SPDX-License-Identifier: Apache-2.0
import Definitions
import Filtering

/// The members of proxy settings that filters may name (HTTP API 3.5, `Proxy.*`).
///
/// Parts that are kept as JSON text are read only when a filter names them.
enum ProxyFilter {
    static let fields: FilterFields = [
        "DestinationServiceName": .string, "DestinationServiceID": .string,
        "LocalServiceAddress": .string, "LocalServicePort": .integer,
        "LocalServiceSocketPath": .string, "Mode": .string,
        "MeshGateway": .object(["Mode": .string]), "Expose": .object(expose),
        "TransparentProxy": .object(transparentProxy), "Upstreams": .objects(upstream),
    ]

    /// Gives the members of proxy settings by their names; what an instance without a proxy has is empty.
    ///
    /// - Parameters:
    ///   - proxy: the settings.
    ///   - parse: reads a part; once, however many terms of a filter look into it.
    /// - Returns: what gives a member by its name.
    static func members(
        of proxy: ProxyDefinition?,
        parse: @escaping (String) -> JSONValue = parsed
    ) -> FilterLookup {
        let proxy = proxy ?? ProxyDefinition()
        let parts = Parts(proxy, parse)
        return { name in
            switch name {
            case "DestinationServiceName": .string(proxy.destinationServiceName)
            case "DestinationServiceID": .string(proxy.destinationServiceID)
            case "LocalServiceAddress": .string(proxy.localServiceAddress)
            case "LocalServicePort": .integer(proxy.localServicePort)
            case "LocalServiceSocketPath":
                JSONFilter.member(name, of: parts.dataPlane, [name: .string])
            case "Mode": .string(proxy.mode)
            case "MeshGateway": .object { _ in .string(proxy.meshGatewayMode) }
            case "Expose": JSONFilter.value(parts.expose, as: .object(expose))
            case "TransparentProxy":
                JSONFilter.member(name, of: parts.dataPlane, [name: .object(transparentProxy)])
            case "Upstreams": JSONFilter.value(parts.upstreams, as: .objects(upstream))
            default: .absent
            }
        }
    }

    /// What is kept as JSON text, each read when it is first looked into.
    private final class Parts {
        private let proxy: ProxyDefinition
        private let parse: (String) -> JSONValue

        private(set) lazy var dataPlane = parse(proxy.dataPlaneJSON)
        private(set) lazy var expose = parse(proxy.exposeJSON)
        private(set) lazy var upstreams = parse(proxy.upstreamsJSON)

        init(_ proxy: ProxyDefinition, _ parse: @escaping (String) -> JSONValue) {
            self.proxy = proxy
            self.parse = parse
        }
    }

    private static let expose: FilterFields = [
        "Checks": .boolean,
        "Paths": .objects([
            "ListenerPort": .integer, "LocalPathPort": .integer, "ParsedFromCheck": .boolean,
            "Path": .string, "Protocol": .string,
        ]),
    ]
    private static let transparentProxy: FilterFields = [
        "OutboundListenerPort": .integer, "DialedDirectly": .boolean,
    ]
    private static let upstream: FilterFields = [
        "DestinationType": .string, "DestinationName": .string,
        "DestinationNamespace": .string, "DestinationPeer": .string, "Datacenter": .string,
        "LocalBindAddress": .string, "LocalBindPort": .integer,
        "LocalBindSocketPath": .string, "MeshGateway": .object(["Mode": .string]),
    ]

    static func parsed(_ text: String) -> JSONValue {
        (try? JSONParser.parse(Array(text.utf8))) ?? .null
    }
}
