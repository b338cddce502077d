// SPDX-License-Identifier: Apache-2.0
internal import AgentConfiguration
internal import ArgumentParser

/// `tls cert create`: a certificate for an agent or for the command line.
struct TLSCertCreateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Makes a certificate, signed by the authority of tls ca create",
        discussion: """
            Writes DC-server-DOMAIN-0.pem and DC-server-DOMAIN-0-key.pem, or the same with client or
            cli, with the first number of which there is no file yet.

                tls cert create -server
                tls cert create -server -additional-dnsname=consul.example.com
                tls cert create -cli
            """
    )
    static let words = ["tls", "cert", "create"]
    static let integerFlags: Set<String> = ["days"]

    @Flag(name: .customLong("server", withSingleDash: true), help: "For a server.")
    var isServer = false

    @Flag(name: .customLong("client", withSingleDash: true), help: "For a client agent.")
    var isClient = false

    @Flag(name: .customLong("cli", withSingleDash: true), help: "For the command line.")
    var isCLI = false

    @Option(
        name: .customLong("dc", withSingleDash: true),
        help: ArgumentHelp("The datacenter.", valueName: "name")
    )
    var datacenter = "dc1"

    @Option(
        name: .customLong("domain", withSingleDash: true),
        help: ArgumentHelp("The domain of the agents' names.", valueName: "domain")
    )
    var domain = "consul"

    @Option(
        name: .customLong("days", withSingleDash: true),
        help: ArgumentHelp("Days that it lasts.", valueName: "days")
    )
    var days = 365

    @Option(
        name: .customLong("node", withSingleDash: true),
        help: ArgumentHelp("A server's node name, to be in its certificate.", valueName: "name")
    )
    var node = ""

    @Option(
        name: .customLong("ca", withSingleDash: true),
        help: ArgumentHelp("The authority's certificate.", valueName: "file")
    )
    var authority = "#DOMAIN#-agent-ca.pem"

    @Option(
        name: .customLong("key", withSingleDash: true),
        help: ArgumentHelp("The authority's key.", valueName: "file")
    )
    var authorityKey = "#DOMAIN#-agent-ca-key.pem"

    @Option(
        name: .customLong("additional-dnsname", withSingleDash: true),
        help: ArgumentHelp(
            "A further DNS name; localhost is always there. May be repeated.",
            valueName: "name"
        )
    )
    var names: [String] = []

    @Option(
        name: .customLong("additional-ipaddress", withSingleDash: true),
        help: ArgumentHelp(
            "A further IP address; agents always have 127.0.0.1. May be repeated.",
            valueName: "address"
        )
    )
    var addresses: [String] = []

    /// How many certificates of one kind may stand in one folder.
    private static let places = 10000

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let role = try role()
        let domain = try CertificateText.name(domain, flag: "domain")
        let datacenter = try CertificateText.name(datacenter, flag: "dc")
        let wish = try wish(role, datacenter: datacenter, domain: domain)
        let files = try place("\(datacenter)-\(role.rawValue)-\(domain)", context)
        let own = CertificateFiles(
            certificate: Self.path(authority, domain),
            key: Self.path(authorityKey, domain)
        )
        let certificate = try read(own.certificate, "CA", context)
        let key = try read(own.key, "CA key", context)
        if role == .server { context.console.write(Self.warning) }
        context.console.write("==> Using \(own.certificate) and \(own.key)")
        let now = context.now()
        let pair: CertificateAuthority.Pair
        do throws(CertificateProblem) {
            let authority = try CertificateAuthority(certificate: certificate, key: key)
            pair = try await authority.sign(wish, now: now)
            if authority.ends(before: days, from: now) {
                context.console.writeError(
                    "==> WARNING: \(own.certificate) ends before this certificate does, which will "
                        + "not be trusted from then on"
                )
            }
        } catch { throw error.failure(certificate: own.certificate, key: own.key) }
        try files.write(pair, in: context)
        return 0
    }

    private static let warning = """
        ==> WARNING: Server Certificates grants authority to become a
            server and access all state in the cluster including root keys
            and all ACL tokens. Do not distribute them to production hosts
            that are not server nodes. Store them as securely as CA keys.
        """

    private func role() throws(CommandFailure) -> LeafWish.Role {
        switch (isServer, isClient, isCLI) {
        case (true, false, false): return .server
        case (false, true, false): break
        case (false, false, true): break
        default: throw CommandFailure(message: "Please provide either -server, -client, or -cli")
        }
        guard node.isEmpty else { throw CommandFailure(message: "-node requires -server") }
        return isClient ? .client : .cli
    }

    private func wish(
        _ role: LeafWish.Role,
        datacenter: String,
        domain: String
    ) throws(CommandFailure) -> LeafWish {
        try CertificateText.check(days: days)
        var further: (names: [String], addresses: [[UInt8]]) = ([], [])
        for name in names where !name.isEmpty {
            further.names.append(
                try CertificateText.name(name, flag: "additional-dnsname", wildcard: true)
            )
        }
        for address in addresses where !address.isEmpty {
            further.addresses.append(
                try CertificateText.address(address, flag: "additional-ipaddress")
            )
        }
        let wish = LeafWish(
            role,
            datacenter: datacenter,
            domain: domain,
            node: node.isEmpty ? "" : try CertificateText.name(node, flag: "node"),
            names: further.names,
            addresses: further.addresses,
            days: days
        )
        // RFC 5280, appendix A: ub-common-name.
        guard wish.commonName.utf8.count <= 64 else {
            throw CommandFailure(
                message: "\(wish.commonName): a certificate's name may have 64 characters at most",
                hint: "Choose a shorter -dc or -domain."
            )
        }
        return wish
    }

    /// The first two file names that are free.
    private func place(
        _ prefix: String,
        _ context: CommandContext
    ) throws(CommandFailure) -> CertificateFiles {
        for number in 0..<Self.places {
            let files = CertificateFiles(
                certificate: "\(prefix)-\(number).pem",
                key: "\(prefix)-\(number)-key.pem"
            )
            if !context.files.exists(files.certificate), !context.files.exists(files.key) {
                return files
            }
        }
        throw CommandFailure(message: "Could not find a filename that doesn't already exist")
    }

    private static func path(_ pattern: String, _ domain: String) -> String {
        pattern.replacing("#DOMAIN#", with: domain, maxReplacements: 1)
    }

    private func read(
        _ path: String,
        _ what: String,
        _ context: CommandContext
    ) throws(CommandFailure) -> String {
        guard !path.isEmpty else {
            throw CommandFailure(message: "Please provide the \(what == "CA" ? "ca" : "key")")
        }
        let reason: String
        do throws(FileFailure) {
            switch try context.files.open(path) {
            case .file(let octets): return String(decoding: octets, as: UTF8.self)
            case .directory: reason = "is a directory"
            }
        } catch { reason = error.reason }
        let isMissing = reason == "no such file or directory"
        throw CommandFailure(
            message: "Error reading \(what): open \(path): \(reason)",
            hint: isMissing ? "Make an authority with: tls ca create" : ""
        )
    }
}
