// SPDX-License-Identifier: Apache-2.0
public import Definitions

/// What the host says when the configuration is silent; asked for by the shell.
public struct HostFacts: Sendable, Hashable {
    /// The host name, the default of `node_name`.
    public var hostName: String
    /// Private IPv4 addresses (RFC 1918, RFC 6598) of the host's interfaces.
    public var privateIPv4: [String]
    /// Global IPv6 addresses of the host's interfaces.
    public var publicIPv6: [String]

    /// The addresses of the host's interfaces, of which templates choose.
    public var interfaces: HostInterfaces

    /// Makes host facts.
    public init(
        hostName: String,
        privateIPv4: [String] = [],
        publicIPv6: [String] = [],
        interfaces: HostInterfaces = HostInterfaces()
    ) {
        self.hostName = hostName
        self.privateIPv4 = privateIPv4
        self.publicIPv6 = publicIPv6
        self.interfaces = interfaces
    }
}

/// Turns texts and flags into a ``RuntimeConfiguration``, or says everything that is wrong.
public enum ConfigurationBuilder {
    /// Merges and checks, in the order of spec cli.md 6.1: defaults, `-dev`, lists and maps of
    /// flags, files, other flags, `-hcl` fragments.
    ///
    /// - Parameters:
    ///   - sources: The files in command-line order, directories already spread out.
    ///   - flags: What the command line said.
    ///   - host: What the host says where the configuration is silent.
    /// - Returns: The configuration, and what is odd but accepted.
    /// - Throws: ``ConfigurationError`` with Consul's texts, places and hints.
    public static func build(
        sources: [ConfigurationSource],
        flags: AgentFlags = AgentFlags(),
        host: HostFacts
    ) throws(ConfigurationError) -> (configuration: RuntimeConfiguration, warnings: [String]) {
        var review = KeyReview()
        var merged = Tree.defaults
        if flags.isDevelopment { merged.merge(.development) }
        merge(flags.early, reviewing: &review, into: &merged)
        for source in sources { try merge(source, reviewing: &review, into: &merged) }
        merge(flags.late, reviewing: &review, into: &merged)
        for (index, fragment) in flags.fragments.enumerated() {
            // Consul: FlagValues' HCL sources are named so.
            let source = ConfigurationSource(
                name: "flags-\(index).hcl",
                format: .hcl,
                text: fragment
            )
            try merge(source, reviewing: &review, into: &merged)
        }
        var assembly = Assembly(merged, host: host, isDevelopment: flags.isDevelopment)
        assembly.assemble()
        let problems = assembly.reader.problems
        if !problems.isEmpty { throw ConfigurationError(problems) }
        return (assembly.configuration, review.warnings + assembly.warnings)
    }

    private static func merge(
        _ source: ConfigurationSource,
        reviewing review: inout KeyReview,
        into merged: inout Tree
    ) throws(ConfigurationError) {
        guard let (read, written) = try source.read() else { return }
        var tree = read
        review.review(&tree, written: written)
        // Consul: a single service or check joins the list before lists are merged.
        for (one, many) in [("service", "services"), ("check", "checks")] {
            guard let value = tree.remove(one) else { continue }
            let more = ConfigurationValue(.list([value]), at: value.position)
            var addition = Tree()
            addition.set(many, to: more)
            tree.merge(addition)
        }
        merged.merge(tree)
    }

    private static func merge(
        _ flags: [FlagSetting],
        reviewing review: inout KeyReview,
        into merged: inout Tree
    ) {
        var tree = Tree()
        var written: [WrittenKey] = []
        for flag in flags {
            var one = Tree()
            one.set(flag.path, to: flag.value)
            tree.merge(one)
            guard let key = KeyTable.key(at: flag.path) else { continue }
            written.append(WrittenKey(path: flag.path, key: key, position: flag.value.position))
        }
        review.review(&tree, written: written)
        merged.merge(tree)
    }

    /// Reads files for `services register` or `deregister`: configuration files of an agent, of which
    /// the services count.
    ///
    /// - Parameter sources: The files in command-line order.
    /// - Returns: The services, and what is odd but accepted.
    /// - Throws: ``ConfigurationError`` with Consul's texts, places and hints.
    public static func readServices(
        _ sources: [ConfigurationSource]
    ) throws(ConfigurationError) -> (services: [ServiceDefinition], warnings: [String]) {
        var review = KeyReview()
        var merged = Tree()
        for source in sources { try merge(source, reviewing: &review, into: &merged) }
        var values: [ConfigurationValue] = []
        if case .list(let several)? = merged["services"]?.content { values = several }
        var reader = SettingsReader(merged)
        let services = values.map { DefinitionReader.service($0, &reader) }
        if !reader.problems.isEmpty { throw ConfigurationError(reader.problems) }
        return (services, review.warnings)
    }
}
