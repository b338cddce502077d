// SPDX-License-Identifier: Apache-2.0
internal import AgentConfiguration
internal import ArgumentParser
internal import Definitions

/// `services register`: registers services with the agent, from flags or files.
struct ServicesRegisterCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "register",
        abstract: "Registers services with the agent",
        discussion: """
            One service by flags, or those of configuration files (HCL or JSON). Beside files flags give
            what a service there lacks: -id, -address, -port, -socket and -kind where it has none, and
            further tags, metadata and addresses.

                services register -name=web -port=80 -tag=v1
                services register web.hcl
            """
    )
    static let words = ["services", "register"]
    static let operandCount = 0...Int.max
    static let operandNames = "[FILE…]"
    static let integerFlags: Set<String> = ["port"]

    @OptionGroup var client: ClientOptions
    @OptionGroup var namespaces: NamespaceOptions

    @Option(
        name: .customLong("id", withSingleDash: true),
        help: ArgumentHelp("The ID; the name by default.", valueName: "id")
    )
    var id: String?

    @Option(
        name: .customLong("name", withSingleDash: true),
        help: ArgumentHelp("The name.", valueName: "name")
    )
    var name: String?

    @Option(
        name: .customLong("address", withSingleDash: true),
        help: ArgumentHelp("The address; the node's by default.", valueName: "address")
    )
    var address: String?

    @Option(
        name: .customLong("port", withSingleDash: true),
        help: ArgumentHelp("The port.", valueName: "port")
    )
    var port: Int?

    @Option(
        name: .customLong("socket", withSingleDash: true),
        help: ArgumentHelp("A unix socket instead of address and port.", valueName: "path")
    )
    var socket: String?

    @Option(
        name: .customLong("meta", withSingleDash: true),
        help: ArgumentHelp("Metadata. May be repeated.", valueName: "k=v")
    )
    var meta: [String] = []

    @Option(
        name: .customLong("tag", withSingleDash: true),
        help: ArgumentHelp("A tag. May be repeated.", valueName: "tag")
    )
    var tags: [String] = []

    @Option(
        name: .customLong("tagged-address", withSingleDash: true),
        help: ArgumentHelp("A further address. May be repeated.", valueName: "k=ip:port")
    )
    var taggedAddresses: [String] = []

    @Option(
        name: .customLong("kind", withSingleDash: true),
        help: ArgumentHelp("The kind, such as connect-proxy.", valueName: "kind")
    )
    var kind: String?

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        try checkKind(of: operands)
        let services: [ServiceDefinition]
        let given = try serviceOfFlags()
        if operands.isEmpty {
            services = [given]
        } else {
            services = try ServiceFiles.read(operands, in: context).map { $0.completed(by: given) }
            guard !services.isEmpty else {
                throw CommandFailure(
                    message: "Error: no service in \(operands.joined(separator: ", "))",
                    hint: "A file defines one like: service { name = \"web\" port = 80 }"
                )
            }
        }
        let agent = try client.client(in: context)
        for service in services {
            let body = RegistrationBody.json(of: service)
            do {
                try await agent.put(
                    "/v1/agent/service/register",
                    namespaces.query(context.environment),
                    body: body
                )
            } catch { throw error.prefixed("Error registering service \"\(service.name)\"") }
            context.console.write("Registered service: \(service.name)")
        }
        return 0
    }

    private func checkKind(of operands: [String]) throws(CommandFailure) {
        let name = name ?? ""
        if operands.isEmpty, name.isEmpty {
            throw CommandFailure(
                message: "Service registration requires at least one argument or flags.",
                hint: "Name a file, or the service with -name.",
                showsUsage: true
            )
        }
        if !operands.isEmpty, !name.isEmpty {
            throw CommandFailure(
                message: "Service registration requires arguments or -id, not both.",
                hint: "-name is for a service without a file."
            )
        }
    }

    private func serviceOfFlags() throws(CommandFailure) -> ServiceDefinition {
        let name = name ?? ""
        var service = ServiceDefinition(name: name)
        service.id = id ?? ""
        service.kind = kind ?? ""
        service.address = address ?? ""
        service.port = port ?? 0
        service.socketPath = socket ?? ""
        service.tags = tags
        for pair in meta {
            let (key, value) = try Self.split(pair, flag: "meta")
            service.meta[key] = value
        }
        for pair in taggedAddresses {
            let (key, value) = try Self.split(pair, flag: "tagged-address")
            service.taggedAddresses[key] = try Self.place(value)
        }
        return service
    }

    private static func split(
        _ pair: String,
        flag: String
    ) throws(CommandFailure) -> (String, String) {
        let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw CommandFailure(
                message: "invalid value \"\(pair)\" for flag -\(flag): Missing \"=\" value in "
                    + "argument: \(pair)",
                showsUsage: true
            )
        }
        return (String(parts[0]), String(parts[1]))
    }

    private static func place(_ text: String) throws(CommandFailure) -> ServiceAddress {
        guard let colon = text.lastIndex(of: ":"),
            let port = Int(text[text.index(after: colon)...]), (1...65535).contains(port)
        else {
            throw CommandFailure(
                message: "Error: \"\(text)\" is no address with a port",
                hint: "Write -tagged-address lan=192.0.2.1:80.",
                showsUsage: true
            )
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        return ServiceAddress(address: String(host), port: port)
    }
}

extension ServiceDefinition {
    /// The service of a file with what flags say beside it (Consul: CombineArgs): the file's values
    /// stay, tags are added, and metadata and addresses of flags count.
    fileprivate func completed(by flags: ServiceDefinition) -> ServiceDefinition {
        var copy = self
        if id.isEmpty { copy.id = flags.id }
        if name.isEmpty { copy.name = flags.name }
        if address.isEmpty { copy.address = flags.address }
        if port == 0 { copy.port = flags.port }
        if kind.isEmpty { copy.kind = flags.kind }
        if socketPath.isEmpty { copy.socketPath = flags.socketPath }
        copy.meta.merge(flags.meta) { $1 }
        copy.taggedAddresses.merge(flags.taggedAddresses) { $1 }
        copy.tags += flags.tags
        return copy
    }
}

/// Files of services.
enum ServiceFiles {
    static func read(
        _ paths: [String],
        in context: CommandContext
    ) throws(CommandFailure) -> [ServiceDefinition] {
        do {
            let (sources, skipped) = try ConfigurationPaths.read(
                paths,
                format: nil,
                from: context.files
            )
            for warning in skipped { context.console.writeError(warning) }
            let (services, warnings) = try ConfigurationBuilder.readServices(sources)
            for warning in warnings { context.console.writeError(warning) }
            return services
        } catch { throw CommandFailure(message: "Error: \(error.message)") }
    }
}
