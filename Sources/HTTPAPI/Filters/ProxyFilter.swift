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

    static func member(_ name: String, of proxy: ProxyDefinition) -> FilterValue {
        switch name {
        case "DestinationServiceName": .string(proxy.destinationServiceName)
        case "DestinationServiceID": .string(proxy.destinationServiceID)
        case "LocalServiceAddress": .string(proxy.localServiceAddress)
        case "LocalServicePort": .integer(proxy.localServicePort)
        case "LocalServiceSocketPath":
            JSONFilter.member(name, of: parsed(proxy.dataPlaneJSON), [name: .string])
        case "Mode": .string(proxy.mode)
        case "MeshGateway": .object { _ in .string(proxy.meshGatewayMode) }
        case "Expose": JSONFilter.value(parsed(proxy.exposeJSON), as: .object(expose))
        case "TransparentProxy":
            JSONFilter.member(
                name,
                of: parsed(proxy.dataPlaneJSON),
                [name: .object(transparentProxy)]
            )
        case "Upstreams": JSONFilter.value(parsed(proxy.upstreamsJSON), as: .objects(upstream))
        default: .absent
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

    private static func parsed(_ text: String) -> JSONValue {
        (try? JSONParser.parse(Array(text.utf8))) ?? .null
    }
}
