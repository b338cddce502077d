// SPDX-License-Identifier: Apache-2.0
internal import AgentConfiguration
internal import Definitions

/// A definition as the body of `PUT /v1/agent/service/register` (spec http-api.md 5.4, 5.5);
/// what was not given is left out.
enum RegistrationBody {
    static func json(of service: ServiceDefinition) -> String {
        Body.value(content(of: service).content).json
    }

    private static func content(of service: ServiceDefinition) -> Body {
        var body = Body()
        body.add("ID", service.id)
        body.add("Name", service.name)
        body.add("Kind", service.kind)
        body.add("Tags", service.tags)
        body.add("Address", service.address)
        body.add("Port", service.port)
        body.add("SocketPath", service.socketPath)
        body.add("Meta", service.meta)
        body.add("Token", service.token)
        body.add("EnableTagOverride", service.enableTagOverride)
        body.add("TaggedAddresses", of: service.taggedAddresses)
        if let weights = service.weights {
            body.add("Weights") {
                $0.put("Passing", .integer(weights.passing))
                $0.put("Warning", .integer(weights.warning))
            }
        }
        if let priority = service.priority { body.put("Priority", .integer(priority)) }
        if let place = service.locality {
            body.add("Locality") {
                $0.add("Region", place.region)
                $0.add("Zone", place.zone)
            }
        }
        if let proxy = service.proxy { body.add("Proxy") { fill(&$0, proxy) } }
        if service.connectNative || service.sidecar != nil {
            body.add("Connect") {
                $0.add("Native", service.connectNative)
                if case .proxy(let proxy)? = service.sidecar {
                    // Consul: an empty object asks for one with the defaults.
                    $0.put("SidecarService", content(of: proxy).content)
                }
            }
        }
        if !service.checks.isEmpty {
            body.put("Checks", .list(service.checks.map { Body.value(check($0).content) }))
        }
        return body
    }

    private static func check(_ check: CheckDefinition) -> Body {
        var body = Body()
        body.add("CheckID", check.id)
        body.add("Name", check.name)
        body.add("Notes", check.notes)
        body.add("Status", check.status?.rawValue ?? "")
        body.add("Args", check.args)
        body.add("Shell", check.shell)
        body.add("DockerContainerID", check.dockerContainerID)
        body.add("HTTP", check.http)
        body.add("Method", check.method)
        body.add("Header", of: check.header)
        body.add("Body", check.body)
        body.add("DisableRedirects", check.disableRedirects)
        body.add("TCP", check.tcp)
        body.add("TCPUseTLS", check.tcpUseTLS)
        body.add("UDP", check.udp)
        body.add("GRPC", check.grpc)
        body.add("GRPCUseTLS", check.grpcUseTLS)
        body.add("H2PING", check.h2ping)
        if let flag = check.h2pingUseTLS { body.put("H2PingUseTLS", .bool(flag)) }
        body.add("OSService", check.osService)
        body.add("TLSServerName", check.tlsServerName)
        body.add("TLSSkipVerify", check.tlsSkipVerify)
        body.add("AliasService", check.aliasService)
        body.add("AliasNode", check.aliasNode)
        body.add("TTL", check.ttl)
        body.add("Interval", check.interval)
        body.add("Timeout", check.timeout)
        body.add("SuccessBeforePassing", check.successBeforePassing)
        body.add("FailuresBeforeWarning", check.failuresBeforeWarning ?? 0)
        body.add("FailuresBeforeCritical", check.failuresBeforeCritical)
        body.add("DeregisterCriticalServiceAfter", check.deregisterCriticalServiceAfter)
        body.add("OutputMaxSize", check.outputMaxSize ?? 0)
        return body
    }

    private static func fill(_ body: inout Body, _ proxy: ProxyDefinition) {
        body.add("DestinationServiceName", proxy.destinationServiceName)
        body.add("DestinationServiceID", proxy.destinationServiceID)
        body.add("LocalServiceAddress", proxy.localServiceAddress)
        body.add("LocalServicePort", proxy.localServicePort)
        body.add("Mode", proxy.mode)
        body.add("Config", json: proxy.configJSON)
        body.add("Upstreams", json: proxy.upstreamsJSON)
        body.add("Expose", json: proxy.exposeJSON)
        body.add(membersOf: proxy.dataPlaneJSON)
        if !proxy.meshGatewayMode.isEmpty {
            body.add("MeshGateway") { $0.add("Mode", proxy.meshGatewayMode) }
        }
    }
}

/// Collects the members of a JSON object; empty values are left out.
private struct Body {
    private var members: [ConfigurationValue.Member] = []

    private static let nowhere = SourcePosition(file: "")

    static func value(_ content: ConfigurationValue.Content) -> ConfigurationValue {
        ConfigurationValue(content, at: nowhere)
    }

    var content: ConfigurationValue.Content { .object(members) }

    mutating func put(_ key: String, _ content: ConfigurationValue.Content) {
        members.append(
            ConfigurationValue.Member(
                key: key,
                keyPosition: Self.nowhere,
                value: Self.value(content)
            )
        )
    }

    mutating func add(_ key: String, _ text: String) {
        if !text.isEmpty { put(key, .string(text)) }
    }

    mutating func add(_ key: String, _ number: Int) {
        if number != 0 { put(key, .integer(number)) }
    }

    mutating func add(_ key: String, _ flag: Bool) {
        if flag { put(key, .bool(true)) }
    }

    mutating func add(_ key: String, _ texts: [String]) {
        if !texts.isEmpty { put(key, .list(texts.map { Self.value(.string($0)) })) }
    }

    mutating func add(_ key: String, _ duration: Duration?) {
        if let duration { put(key, .string(GoDuration.print(duration))) }
    }

    mutating func add(_ key: String, _ map: [String: String]) {
        guard !map.isEmpty else { return }
        add(key) { body in
            for (name, text) in map.sorted(by: { $0.key < $1.key }) {
                body.put(name, .string(text))
            }
        }
    }

    mutating func add(_ key: String, of map: [String: [String]]) {
        guard !map.isEmpty else { return }
        add(key) { body in
            for (name, texts) in map.sorted(by: { $0.key < $1.key }) { body.add(name, texts) }
        }
    }

    mutating func add(_ key: String, of map: [String: ServiceAddress]) {
        guard !map.isEmpty else { return }
        add(key) { body in
            for (name, place) in map.sorted(by: { $0.key < $1.key }) {
                body.add(name) {
                    $0.put("Address", .string(place.address))
                    $0.put("Port", .integer(place.port))
                }
            }
        }
    }

    /// Adds text that is JSON already; it comes from our own printer.
    mutating func add(_ key: String, json text: String) {
        guard !text.isEmpty, let value = try? JSONParser.parse(Array(text.utf8), file: "") else {
            return
        }
        put(key, value.content)
    }

    /// Adds the members of an object that is JSON already; it comes from our own printer.
    mutating func add(membersOf text: String) {
        guard !text.isEmpty, let value = try? JSONParser.parse(Array(text.utf8), file: ""),
            case .object(let further) = value.content
        else { return }
        members += further
    }

    mutating func add(_ key: String, _ fill: (inout Body) -> Void) {
        var inner = Body()
        fill(&inner)
        put(key, inner.content)
    }
}
