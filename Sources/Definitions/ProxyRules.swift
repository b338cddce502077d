// SPDX-License-Identifier: Apache-2.0

/// What an instance that is a proxy (`connect-proxy`) must have, at the agent and in the catalog.
public enum ProxyRules {
    /// What is wrong with an instance; nothing for other kinds (Consul: `NodeService.Validate`, the
    /// rules that discovery can see).
    ///
    /// `hasPlace` says whether it has a port or the path of a socket, `isNative` whether it speaks
    /// Connect itself.
    public static func problems(
        kind: String,
        proxy: ProxyDefinition?,
        hasPlace: Bool,
        isNative: Bool
    ) -> [String] {
        guard kind == "connect-proxy" else { return [] }
        let destination = proxy?.destinationServiceName ?? ""
        var problems: [String] = []
        if destination.allSatisfy(\.isWhitespace) {
            problems.append(
                "Proxy.DestinationServiceName must be non-empty for Connect proxy services"
            )
        }
        if destination == "*" {
            problems.append(
                "Proxy.DestinationServiceName must not be a wildcard for Connect proxy services"
            )
        }
        if !hasPlace { problems.append("Port or SocketPath must be set for a connect-proxy") }
        if isNative {
            problems.append("A Proxy cannot also be Connect Native, only typical services")
        }
        return problems
    }
}
