// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore

/// Writes a health check (HTTP API 5.6).
enum CheckObject {
    static func write(_ check: CheckRow, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("Node", check.node)
            writer.member("CheckID", check.id)
            writer.member("Name", check.name)
            writer.member("Status", check.status.rawValue)
            writer.member("Notes", check.notes)
            writer.member("Output", check.output)
            writer.member("ServiceID", check.serviceID)
            writer.member("ServiceName", check.serviceName)
            writer.member("ServiceTags", check.serviceTags)
            writer.member("Type", check.type)
            writer.member("Interval", check.interval)
            writer.member("Timeout", check.timeout)
            writer.member("ExposedPort", check.exposedPort)
            writer.key("Definition")
            writer.verbatim(check.definitionJSON.isEmpty ? "{}" : check.definitionJSON)
            writer.member("CreateIndex", check.createIndex.rawValue)
            writer.member("ModifyIndex", check.modifyIndex.rawValue)
        }
    }

    static func write(_ checks: [CheckRow], to writer: inout JSONWriter) {
        writer.array(checks) { write($1, to: &$0) }
    }
}

/// Writes `Definition` of a catalog check: what is set only, the times of polling as texts, the
/// TTL as a number (HTTP API 5.6).
enum CheckDefinitionObject {
    /// Compact text; empty when nothing is set.
    static func text(of check: CheckDefinition) -> String {
        var writer = JSONWriter()
        writer.object { write(check, to: &$0) }
        let text = String(decoding: writer.text, as: UTF8.self)
        return text == "{}" ? "" : text
    }

    private static func write(_ check: CheckDefinition, to writer: inout JSONWriter) {
        time("Interval", check.interval, to: &writer)
        if let size = check.outputMaxSize { writer.member("OutputMaxSize", size) }
        time("Timeout", check.timeout, to: &writer)
        time(
            "DeregisterCriticalServiceAfter",
            check.deregisterCriticalServiceAfter,
            to: &writer
        )
        text("HTTP", check.http, to: &writer)
        text("TLSServerName", check.tlsServerName, to: &writer)
        flag("TLSSkipVerify", check.tlsSkipVerify, to: &writer)
        if !check.header.isEmpty {
            writer.key("Header")
            writer.map(check.header) { $0.strings($1) }
        }
        text("Method", check.method, to: &writer)
        text("Body", check.body, to: &writer)
        flag("DisableRedirects", check.disableRedirects, to: &writer)
        text("TCP", check.tcp, to: &writer)
        flag("TCPUseTLS", check.tcpUseTLS, to: &writer)
        text("UDP", check.udp, to: &writer)
        text("H2PING", check.h2ping, to: &writer)
        text("OSService", check.osService, to: &writer)
        flag("H2PingUseTLS", check.h2pingUseTLS ?? false, to: &writer)
        if !check.args.isEmpty { writer.member("ScriptArgs", check.args) }
        text("DockerContainerID", check.dockerContainerID, to: &writer)
        text("Shell", check.shell, to: &writer)
        text("GRPC", check.grpc, to: &writer)
        flag("GRPCUseTLS", check.grpcUseTLS, to: &writer)
        text("AliasNode", check.aliasNode, to: &writer)
        text("AliasService", check.aliasService, to: &writer)
        if let ttl = check.ttl { writer.member("TTL", GoDuration.nanoseconds(ttl)) }
    }

    private static func text(_ name: String, _ text: String, to writer: inout JSONWriter) {
        if !text.isEmpty { writer.member(name, text) }
    }

    private static func flag(_ name: String, _ flag: Bool, to writer: inout JSONWriter) {
        if flag { writer.member(name, flag) }
    }

    private static func time(_ name: String, _ time: Duration?, to writer: inout JSONWriter) {
        if let time { writer.member(name, GoDuration.print(time)) }
    }
}
