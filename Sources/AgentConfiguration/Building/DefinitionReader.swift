// SPDX-License-Identifier: Apache-2.0
internal import Definitions

/// Turns service and check blocks into definitions (spec cli.md 7.5).
enum DefinitionReader {
    /// Reads a service block; durations that cannot be read are reported.
    static func service(
        _ value: ConfigurationValue,
        _ reader: inout SettingsReader
    ) -> ServiceDefinition {
        let block = Block(value)
        var service = ServiceDefinition(name: block.string("name"))
        service.id = block.string("id")
        service.kind = block.string("kind")
        service.tags = block["tags"]?.strings ?? []
        service.address = block.string("address")
        service.port = block.integer("port") ?? 0
        service.socketPath = block.string("socket_path")
        service.meta = block["meta"]?.stringMap ?? [:]
        service.token = block.string("token")
        service.priority = block.integer("priority")
        service.enableTagOverride = block.bool("enable_tag_override") ?? false
        if case .object(let members)? = block["tagged_addresses"]?.content {
            for member in members {
                let address = Block(member.value)
                service.taggedAddresses[member.key] = ServiceAddress(
                    address: address.string("address"),
                    port: address.integer("port") ?? 0
                )
            }
        }
        if let place = block["locality"].map(Block.init) {
            service.locality = Locality(region: place.string("region"), zone: place.string("zone"))
        }
        if let weights = block["weights"].map(Block.init) {
            service.weights = ServiceWeights(
                passing: weights.integer("passing") ?? 1,
                warning: weights.integer("warning") ?? 1
            )
        }
        // Consul: the single check goes first.
        var checks = block["check"].map { [$0] } ?? []
        if case .list(let several)? = block["checks"]?.content { checks += several }
        service.checks = checks.map { check($0, &reader) }
        service.proxy = block["proxy"].map { proxy(Block($0)) }
        if let connect = block["connect"].map(Block.init) {
            service.connectNative = connect.bool("native") ?? false
            examine(sidecarOf: connect, &reader)
            service.sidecar = connect["sidecar_service"].map {
                .proxy(DefinitionReader.service($0, &reader))
            }
        }
        return service
    }

    private static func examine(sidecarOf connect: Block, _ reader: inout SettingsReader) {
        guard let sidecar = connect["sidecar_service"] else { return }
        let block = Block(sidecar)
        if !block.string("id").isEmpty {
            reader.add(
                ConfigurationProblem(
                    "sidecar_service can't specify an ID",
                    at: block["id"]?.position
                )
            )
        }
        if let nested = block["connect"].map(Block.init)?["sidecar_service"] {
            reader.add(
                ConfigurationProblem(
                    "sidecar_service can't have a nested sidecar_service",
                    at: nested.position
                )
            )
        }
    }

    /// Reads a check block.
    static func check(
        _ value: ConfigurationValue,
        _ reader: inout SettingsReader
    ) -> CheckDefinition {
        let block = Block(value)
        var check = CheckDefinition()
        check.id = block.string("id")
        check.name = block.string("name")
        check.notes = block.string("notes")
        check.serviceID = block.string("service_id")
        check.token = block.string("token")
        let status = block.string("status")
        check.status = status.isEmpty ? nil : CheckStatus(rawValue: status)
        check.args = block["args"]?.strings ?? []
        check.shell = block.string("shell")
        check.dockerContainerID = block.string("docker_container_id")
        check.http = block.string("http")
        check.method = block.string("method")
        check.header = block.stringsMap("header")
        check.body = block.string("body")
        check.disableRedirects = block.bool("disable_redirects") ?? false
        check.tcp = block.string("tcp")
        check.tcpUseTLS = block.bool("tcp_use_tls") ?? false
        check.udp = block.string("udp")
        check.grpc = block.string("grpc")
        check.grpcUseTLS = block.bool("grpc_use_tls") ?? false
        check.h2ping = block.string("h2ping")
        check.h2pingUseTLS = block.bool("h2ping_use_tls")
        check.osService = block.string("os_service")
        check.tlsServerName = block.string("tls_server_name")
        check.tlsSkipVerify = block.bool("tls_skip_verify") ?? false
        check.aliasService = block.string("alias_service")
        check.aliasNode = block.string("alias_node")
        check.successBeforePassing = block.integer("success_before_passing") ?? 0
        check.failuresBeforeWarning = block.integer("failures_before_warning")
        check.failuresBeforeCritical = block.integer("failures_before_critical") ?? 0
        check.outputMaxSize = block.integer("output_max_size")
        readDurations(of: block, into: &check, &reader)
        return check
    }

    private static func readDurations(
        of block: Block,
        into check: inout CheckDefinition,
        _ reader: inout SettingsReader
    ) {
        let label = check.id.isEmpty ? check.name : check.id
        func duration(_ key: String) -> Duration? {
            guard let value = block[key], case .string(let text) = value.content else { return nil }
            // Consul: the name of the setting in the error.
            return reader.parseDuration(
                text,
                named: "check[\(label)].\(key)",
                at: value.position
            )
        }
        check.ttl = duration("ttl").flatMap { $0 > .zero ? $0 : nil }
        check.interval = duration("interval").flatMap { $0 > .zero ? $0 : nil }
        check.timeout = duration("timeout").flatMap { $0 > .zero ? $0 : nil }
        check.deregisterCriticalServiceAfter =
            duration("deregister_critical_service_after").flatMap { $0 > .zero ? $0 : nil }
    }

    private static func proxy(_ block: Block) -> ProxyDefinition {
        ProxyDefinition(
            destinationServiceName: block.string("destination_service_name"),
            destinationServiceID: block.string("destination_service_id"),
            localServiceAddress: block.string("local_service_address"),
            localServicePort: block.integer("local_service_port") ?? 0,
            mode: block.string("mode"),
            configJSON: block["config"].map(\.json) ?? "",
            upstreamsJSON: block["upstreams"].map { $0.inAPISpelling.json } ?? "",
            meshGatewayMode: block["mesh_gateway"].map(Block.init)?.string("mode") ?? "",
            exposeJSON: block["expose"].map { $0.inAPISpelling.json } ?? "",
            dataPlaneJSON: dataPlane(block)
        )
    }

    /// What only the proxy itself reads (``ProxyDefinition/dataPlaneJSON``).
    private static func dataPlane(_ block: Block) -> String {
        let names = [
            ("local_service_socket_path", "LocalServiceSocketPath"),
            ("transparent_proxy", "TransparentProxy"), ("mutual_tls_mode", "MutualTLSMode"),
            ("access_logs", "AccessLogs"), ("envoy_extensions", "EnvoyExtensions"),
        ]
        let members = names.compactMap { key, name in
            block[key].map { "\"\(name)\":\($0.inAPISpelling.json)" }
        }
        return members.isEmpty ? "" : "{\(members.joined(separator: ","))}"
    }
}

/// An object with typed access to its members.
struct Block {
    private let members: [ConfigurationValue.Member]

    init(_ value: ConfigurationValue) {
        if case .object(let members) = value.content {
            self.members = members
        } else {
            members = []
        }
    }

    var names: [String] { members.map(\.key) }

    subscript(_ key: String) -> ConfigurationValue? { members.first { $0.key == key }?.value }

    func string(_ key: String) -> String {
        guard case .string(let text)? = self[key]?.content else { return "" }
        return text
    }

    func integer(_ key: String) -> Int? {
        guard case .integer(let number)? = self[key]?.content else { return nil }
        return number
    }

    func bool(_ key: String) -> Bool? {
        guard case .bool(let flag)? = self[key]?.content else { return nil }
        return flag
    }

    func stringsMap(_ key: String) -> [String: [String]] {
        guard case .object(let members)? = self[key]?.content else { return [:] }
        var result: [String: [String]] = [:]
        for member in members { result[member.key] = member.value.strings }
        return result
    }
}

extension ConfigurationValue {
    /// The value with its keys as the HTTP API spells them (`local_bind_port` → `LocalBindPort`);
    /// what lies under `config` and `arguments` keeps its spelling.
    fileprivate var inAPISpelling: ConfigurationValue {
        switch content {
        case .list(let elements):
            return ConfigurationValue(.list(elements.map(\.inAPISpelling)), at: position)
        case .object(let members):
            let renamed = members.map { member in
                let words = member.key.split(separator: "_")
                let name = words.map { word in
                    // The one abbreviation in them that the API writes in capitals.
                    word == "json" ? "JSON" : word.prefix(1).uppercased() + word.dropFirst()
                }.joined()
                let isFreeForm = member.key == "config" || member.key == "arguments"
                return Member(
                    key: name,
                    keyPosition: member.keyPosition,
                    value: isFreeForm ? member.value : member.value.inAPISpelling
                )
            }
            return ConfigurationValue(.object(renamed), at: position)
        default: return self
        }
    }
}
