// SPDX-License-Identifier: Apache-2.0
import Definitions

/// Decodes check definitions (HTTP API 5.5).
///
/// Over HTTP only some members also go by their snake_case spelling; the names below are the
/// whole list.
enum CheckBody {
    /// The body of `PUT /v1/agent/check/register`.
    static func registration(_ value: JSONValue) throws(BodyError) -> CheckDefinition {
        var reader = try JSONObjectReader(value, type: "structs.CheckDefinition")
        var check = CheckDefinition()
        check.id = try reader.string("ID")
        check.serviceID = try reader.string("ServiceID", "service_id")
        check.token = try reader.string("Token")
        try common(&check, &reader)
        try reader.finish()
        return check
    }

    /// A `Check` or an element of `Checks` inside a service registration.
    static func ofService(_ value: JSONValue) throws(BodyError) -> CheckDefinition {
        var reader = try JSONObjectReader(value, type: "structs.CheckType")
        var check = CheckDefinition()
        check.id = try reader.string("CheckID", "check_id")
        // Consul: ignored inside a service.
        _ = try reader.string("ServiceID", "service_id")
        try common(&check, &reader)
        try reader.finish()
        return check
    }

    /// `Definition` of a check in the catalog API; identity and thresholds are not part of it.
    static func ofCatalog(_ value: JSONValue) throws(BodyError) -> CheckDefinition {
        var reader = try JSONObjectReader(value, type: "structs.HealthCheckDefinition")
        let check = try ofCatalog(&reader)
        try reader.finish()
        return check
    }

    /// `Definition` of a check in a transaction: as in the catalog, but members that nobody knows
    /// are ignored (Consul: the type has a decoder of its own, which is not strict).
    static func ofTransaction(_ value: JSONValue) throws(BodyError) -> CheckDefinition {
        var reader = try JSONObjectReader(value, type: "api.HealthCheckDefinition")
        return try ofCatalog(&reader)
    }

    private static func ofCatalog(
        _ reader: inout JSONObjectReader
    ) throws(BodyError) -> CheckDefinition {
        var check = CheckDefinition()
        try work(&check, &reader)
        try times(&check, &reader)
        return check
    }

    private static func common(
        _ check: inout CheckDefinition,
        _ reader: inout JSONObjectReader
    ) throws(BodyError) {
        check.name = try reader.string("Name")
        check.notes = try reader.string("Notes")
        let status = try reader.string("Status")
        check.status = status.isEmpty ? nil : CheckStatus(rawValue: status)
        try work(&check, &reader)
        try times(&check, &reader)
        check.successBeforePassing = try reader.integer("SuccessBeforePassing") ?? 0
        check.failuresBeforeCritical = try reader.integer("FailuresBeforeCritical") ?? 0
        check.failuresBeforeWarning = try reader.integer("FailuresBeforeWarning")
        // Consul: internal, set by proxies.
        _ = try reader.string("ProxyHTTP")
        _ = try reader.string("ProxyGRPC")
    }

    /// What is to be done.
    private static func work(
        _ check: inout CheckDefinition,
        _ reader: inout JSONObjectReader
    ) throws(BodyError) {
        check.args = try reader.strings("ScriptArgs", "Args", "script_args") ?? []
        check.shell = try reader.string("Shell")
        check.dockerContainerID = try reader.string("DockerContainerID", "docker_container_id")
        check.http = try reader.string("HTTP")
        check.method = try reader.string("Method")
        check.header = try reader.stringLists("Header") ?? [:]
        check.body = try reader.string("Body")
        check.disableRedirects =
            try reader.bool("DisableRedirects", "disable_redirects") ?? false
        check.tcp = try reader.string("TCP")
        check.tcpUseTLS = try reader.bool("TCPUseTLS", "tcp_use_tls") ?? false
        check.udp = try reader.string("UDP")
        check.grpc = try reader.string("GRPC")
        check.grpcUseTLS = try reader.bool("GRPCUseTLS", "grpc_use_tls") ?? false
        check.h2ping = try reader.string("H2PING")
        check.h2pingUseTLS = try reader.bool("H2PingUseTLS", "h2ping_use_tls")
        check.osService = try reader.string("OSService")
        check.tlsServerName = try reader.string("TLSServerName", "tls_server_name")
        check.tlsSkipVerify = try reader.bool("TLSSkipVerify", "tls_skip_verify") ?? false
        check.aliasService = try reader.string("AliasService")
        check.aliasNode = try reader.string("AliasNode")
    }

    /// When, and for how long.
    private static func times(
        _ check: inout CheckDefinition,
        _ reader: inout JSONObjectReader
    ) throws(BodyError) {
        check.ttl = positive(try reader.duration("TTL"))
        check.interval = positive(try reader.duration("Interval"))
        check.timeout = positive(try reader.duration("Timeout"))
        check.deregisterCriticalServiceAfter = positive(
            try reader.duration(
                "DeregisterCriticalServiceAfter",
                "deregister_critical_service_after"
            )
        )
        check.outputMaxSize = try reader.integer("OutputMaxSize").flatMap { $0 == 0 ? nil : $0 }
    }

    /// Consul: zero and negative times count as not given.
    private static func positive(_ time: Duration?) -> Duration? {
        time.flatMap { $0 > .zero ? $0 : nil }
    }
}
