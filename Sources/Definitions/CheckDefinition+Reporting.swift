// SPDX-License-Identifier: Apache-2.0

extension CheckDefinition {
    /// The `Type` that the API reports.
    ///
    /// Consul's order here differs from the order in which it decides what runs (Consul API, "Check
    /// definition").
    public var reportedType: String {
        if !grpc.isEmpty { return CheckKind.grpc.rawValue }
        if !http.isEmpty { return CheckKind.http.rawValue }
        if ttl != nil { return CheckKind.ttl.rawValue }
        if !tcp.isEmpty { return CheckKind.tcp.rawValue }
        if !udp.isEmpty { return CheckKind.udp.rawValue }
        if !aliasService.isEmpty || !aliasNode.isEmpty { return CheckKind.alias.rawValue }
        if !dockerContainerID.isEmpty { return CheckKind.docker.rawValue }
        if !args.isEmpty { return CheckKind.script.rawValue }
        if !h2ping.isEmpty { return CheckKind.h2ping.rawValue }
        if !osService.isEmpty { return CheckKind.osService.rawValue }
        return ""
    }
}
