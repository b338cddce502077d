// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser
internal import AgentConfiguration
internal import Definitions

/// The flags of every command that talks to an agent (spec cli.md 1.2, set C).
struct ClientOptions: ParsableArguments {
    @Option(
        name: .customLong("http-addr", withSingleDash: true),
        help: ArgumentHelp(
            "The agent's HTTP address. Also CONSUL_HTTP_ADDR. Default 127.0.0.1:8500.",
            valueName: "address"
        )
    )
    var httpAddress: String?

    @Option(
        name: .customLong("token", withSingleDash: true),
        help: ArgumentHelp("The token to send. Also CONSUL_HTTP_TOKEN.", valueName: "token")
    )
    var token: String?

    @Option(
        name: .customLong("token-file", withSingleDash: true),
        help: ArgumentHelp(
            "A file that holds the token. Also CONSUL_HTTP_TOKEN_FILE.",
            valueName: "path"
        )
    )
    var tokenFile: String?

    @Option(
        name: .customLong("ca-file", withSingleDash: true),
        help: ArgumentHelp("A CA file for HTTPS. Also CONSUL_CACERT.", valueName: "path")
    )
    var caFile: String?

    @Option(
        name: .customLong("ca-path", withSingleDash: true),
        help: ArgumentHelp(
            "A directory of CA files for HTTPS. Also CONSUL_CAPATH.",
            valueName: "path"
        )
    )
    var caPath: String?

    @Option(
        name: .customLong("client-cert", withSingleDash: true),
        help: ArgumentHelp(
            "A client certificate for HTTPS. Also CONSUL_CLIENT_CERT.",
            valueName: "path"
        )
    )
    var clientCertificate: String?

    @Option(
        name: .customLong("client-key", withSingleDash: true),
        help: ArgumentHelp("The key of it. Also CONSUL_CLIENT_KEY.", valueName: "path")
    )
    var clientKey: String?

    @Option(
        name: .customLong("tls-server-name", withSingleDash: true),
        help: ArgumentHelp(
            "The name that the certificate must have. Also CONSUL_TLS_SERVER_NAME.",
            valueName: "name"
        )
    )
    var tlsServerName: String?
}

/// The flags of commands that go to servers (spec cli.md 1.2, set S).
struct ServerOptions: ParsableArguments {
    @Option(
        name: .customLong("datacenter", withSingleDash: true),
        help: ArgumentHelp("The datacenter to ask.", valueName: "name")
    )
    var datacenter: String?

    @Flag(
        name: .customLong("stale", withSingleDash: true),
        help: "Any server may answer, not only the leader."
    )
    var stale = false

    /// The query parameters of these flags.
    var query: [(String, String)] {
        var query: [(String, String)] = []
        if let datacenter, !datacenter.isEmpty { query.append(("dc", datacenter)) }
        if stale { query.append(("stale", "")) }
        return query
    }
}

/// The flags for namespaces (spec cli.md 1.2, set N): accepted, refused by the server.
struct NamespaceOptions: ParsableArguments {
    @Option(
        name: .customLong("namespace", withSingleDash: true),
        help: ArgumentHelp("Enterprise; refused by the agent.", visibility: .hidden)
    )
    var namespace: String?

    @Option(
        name: .customLong("partition", withSingleDash: true),
        help: ArgumentHelp("Enterprise; refused by the agent.", visibility: .hidden)
    )
    var partition: String?

    /// The query parameters of these flags and of CONSUL_NAMESPACE and CONSUL_PARTITION.
    func query(_ environment: [String: String]) -> [(String, String)] {
        let pairs = [
            ("ns", namespace ?? environment["CONSUL_NAMESPACE"]),
            ("partition", partition ?? environment["CONSUL_PARTITION"]),
        ]
        return pairs.compactMap { name, value in
            guard let value, !value.isEmpty else { return nil }
            return (name, value)
        }
    }
}

extension ClientOptions {
    /// Where the agent is and how to greet it, from flags and environment.
    func endpoint(in context: CommandContext) throws(CommandFailure) -> AgentEndpoint {
        let environment = context.environment
        func setting(_ flag: String?, _ name: String) -> String {
            if let flag, !flag.isEmpty { return flag }
            return environment[name] ?? ""
        }
        let address = setting(httpAddress, "CONSUL_HTTP_ADDR")
        let wantsTLS = FlagSyntax.boolean(environment["CONSUL_HTTP_SSL"] ?? "") ?? false
        guard
            var endpoint = AgentEndpoint(
                address: address.isEmpty ? "127.0.0.1:8500" : address,
                isTLS: wantsTLS
            )
        else {
            let reason =
                AgentEndpoint.otherScheme(of: address).map { "Unknown protocol scheme: \($0)" }
                ?? Self.portFailure(address) ?? "\"\(address)\" is no address"
            throw CommandFailure(
                message: "Error connecting to Consul agent: \(reason)",
                hint: "Write host:port, http://…, https://… or unix:///path."
            )
        }
        endpoint.token = try findToken(in: context)
        // RFC 9110 §5.5; the token itself is nothing to be shown.
        guard endpoint.token.utf8.allSatisfy({ $0 == 9 || $0 >= 0x20 && $0 != 0x7f }) else {
            throw CommandFailure(
                message: "Error connecting to Consul agent: "
                    + "net/http: invalid header field value for \"X-Consul-Token\"",
                hint: "A token is one line without control characters."
            )
        }
        endpoint.basicAuthentication = environment["CONSUL_HTTP_AUTH"] ?? ""
        guard endpoint.scheme == "https" else { return endpoint }
        let settings = [
            "-ca-file": setting(caFile, "CONSUL_CACERT"),
            "-ca-path": setting(caPath, "CONSUL_CAPATH"),
            "-client-cert": setting(clientCertificate, "CONSUL_CLIENT_CERT"),
            "-client-key": setting(clientKey, "CONSUL_CLIENT_KEY"),
            "-tls-server-name": setting(tlsServerName, "CONSUL_TLS_SERVER_NAME"),
        ]
        let verifies = FlagSyntax.boolean(environment["CONSUL_HTTP_SSL_VERIFY"] ?? "") ?? true
        endpoint.tls = try ClientTLS(verifies: verifies, files: context.files) {
            settings[$0] ?? ""
        }
        // What is wrong with the files is told before anything is sent.
        _ = try endpoint.tls.configuration()
        return endpoint
    }

    private static func portFailure(_ address: String) -> String? {
        guard !URLPort.isValid(in: address) else { return nil }
        return "\"\(address)\": invalid port \"\(URLPort.text(in: address))\" after host"
    }

    // Order: -token-file, -token, CONSUL_HTTP_TOKEN_FILE, CONSUL_HTTP_TOKEN.
    private func findToken(in context: CommandContext) throws(CommandFailure) -> String {
        if let tokenFile, !tokenFile.isEmpty { return try read(tokenFile, context) }
        if let token, !token.isEmpty { return token }
        if let path = context.environment["CONSUL_HTTP_TOKEN_FILE"], !path.isEmpty {
            return try read(path, context)
        }
        return context.environment["CONSUL_HTTP_TOKEN"] ?? ""
    }

    private func read(
        _ path: String,
        _ context: CommandContext
    ) throws(CommandFailure) -> String {
        do throws(FileFailure) {
            guard case .file(let octets) = try context.open(path) else {
                throw FileFailure(reason: "is a directory")
            }
            let text = String(decoding: octets, as: UTF8.self)
            let start = text.drop { $0.isWhitespace }
            return String(start.reversed().drop { $0.isWhitespace }.reversed())
        } catch {
            throw CommandFailure(
                message: "Error loading token file: open \(path): \(error.reason)"
            )
        }
    }

    /// A client of the agent that flags and environment name.
    func client(in context: CommandContext) throws(CommandFailure) -> AgentClient {
        let endpoint = try endpoint(in: context)
        return AgentClient(
            endpoint: endpoint,
            transport: context.connect(endpoint),
            program: context.program
        )
    }
}
