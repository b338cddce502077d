// SPDX-License-Identifier: Apache-2.0
internal import AgentConfiguration
internal import ArgumentParser
internal import FoundationEssentials

/// `tls ca create`: an authority that signs the certificates of agents.
struct TLSCACreateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Makes an authority for certificates of agents",
        discussion: """
            Writes DOMAIN-agent-ca.pem, which everybody may have, and DOMAIN-agent-ca-key.pem, with
            which anybody could sign: keep that one where nobody else can read it, away from the
            agents. Files that are there are never overwritten.

                tls ca create
                tls cert create -server
            """
    )
    static let words = ["tls", "ca", "create"]
    static let integerFlags: Set<String> = ["days"]

    @Option(
        name: .customLong("days", withSingleDash: true),
        help: ArgumentHelp("Days that it lasts.", valueName: "days")
    )
    var days = 1825

    @Option(
        name: .customLong("domain", withSingleDash: true),
        help: ArgumentHelp("The domain of the agents' names.", valueName: "domain")
    )
    var domain = "consul"

    @Flag(
        name: .customLong("name-constraint", withSingleDash: true),
        help: "Lets it sign names below the domain and localhost only; it cannot be widened later."
    )
    var isConstrained = false

    @Option(
        name: .customLong("additional-name-constraint", withSingleDash: true),
        help: ArgumentHelp(
            "A further domain for -name-constraint. May be repeated.",
            valueName: "domain"
        )
    )
    var furtherDomains: [String] = []

    @Option(
        name: .customLong("cluster-id", withSingleDash: true),
        help: ArgumentHelp("The cluster, for a SPIFFE identity in it.", valueName: "id")
    )
    var cluster = ""

    @Option(
        name: .customLong("common-name", withSingleDash: true),
        help: ArgumentHelp(
            "The authority's name (default: Consul Agent CA and its serial number).",
            valueName: "name"
        )
    )
    var commonName = ""

    func perform(
        operands: [String],
        in context: CommandContext
    ) async throws(CommandFailure) -> Int32 {
        let domain = try CertificateText.name(domain, flag: "domain")
        let wish = try wish(domain)
        let files = CertificateFiles(
            certificate: "\(domain)-agent-ca.pem",
            key: "\(domain)-agent-ca-key.pem"
        )
        for path in [files.certificate, files.key] where context.files.exists(path) {
            throw CommandFailure(
                message: "\(path) already exists.",
                hint: "Agents trust what it signed as long as they have it: nothing was changed."
            )
        }
        let pair: CertificateAuthority.Pair
        do throws(CertificateProblem) {
            pair = try CertificateAuthority.make(wish, now: context.now())
        } catch { throw error.failure(certificate: files.certificate, key: files.key) }
        try files.write(pair, in: context)
        return 0
    }

    private func wish(_ domain: String) throws(CommandFailure) -> CertificateAuthority.Wish {
        try CertificateText.check(days: days)
        // RFC 5280, appendix A: ub-common-name.
        guard commonName.unicodeScalars.count <= 64 else {
            throw CommandFailure(message: "-common-name may have 64 characters at most")
        }
        var domains: [String] = []
        for further in furtherDomains {
            domains.append(
                try CertificateText.name(further, flag: "additional-name-constraint")
            )
        }
        guard isConstrained || domains.isEmpty else {
            throw CommandFailure(
                message: "-additional-name-constraint does nothing without -name-constraint"
            )
        }
        var identity: String?
        if !cluster.isEmpty {
            let cluster = try CertificateText.name(cluster, flag: "cluster-id")
            identity = "spiffe://\(cluster).\(domain)".lowercased()
        }
        return CertificateAuthority.Wish(
            commonName: commonName,
            days: days,
            permittedDomains: isConstrained ? domains + [domain, "localhost"] : [],
            identity: identity
        )
    }
}
