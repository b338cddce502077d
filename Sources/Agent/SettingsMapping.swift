// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import CSockets
import DNSAnswers
import DNSTransport
import DNSWire
import DNSZones
import Forwarding
import Glibc
import HTTPAPI
import HealthChecks
import LocalState
import Logging

extension DNSSettings {
    /// What the configuration says about answers.
    ///
    /// `hasRecursors`: whether any name is forwarded; `forwardsAllNames`: not only those in
    /// forward zones.
    ///
    /// - Throws: ``FileProblem`` when `domain` or `alt_domain` is no domain name.
    init(
        _ configuration: RuntimeConfiguration,
        hasRecursors: Bool,
        forwardsAllNames: Bool = true
    ) throws(FileProblem) {
        let dns = configuration.dns
        self.init(
            domain: try Self.domain(dns.domain, key: "domain"),
            datacenter: configuration.identity.datacenter,
            nodeName: configuration.identity.nodeName
        )
        if let alternate = dns.alternateDomain, !alternate.isEmpty {
            alternateDomain = try Self.domain(alternate, key: "alt_domain")
        }
        nodeTTL = Self.seconds(dns.nodeTTL)
        serviceTTLs = dns.serviceTTLs.mapValues(Self.seconds)
        soaRefresh = dns.soaRefresh
        soaRetry = dns.soaRetry
        soaExpire = dns.soaExpire
        soaMinimumTTL = dns.soaMinimumTTL
        onlyPassing = dns.onlyPassing
        enableTruncate = dns.enableTruncate
        udpAnswerLimit = dns.udpAnswerLimit
        aRecordLimit = dns.aRecordLimit
        disableCompression = dns.disableCompression
        additionalNodeMetaTXT = dns.additionalNodeMetaTXT
        translateWANAddresses = configuration.identity.translateWANAddresses
        udpMaximumSize = dns.udpMaximumSize
        isStrict = dns.isStrict
        weightsAddresses = dns.weightsAddresses
        isDualStack = dns.isDualStack
        keepsAliasTTL = dns.keepsAliasTTL
        protectThresholds = dns.protectThresholds
        explainsErrors = dns.explainsErrors
        reverseTTL = Self.seconds(dns.reverseTTL)
        reverseZones = dns.reverseZones.compactMap(Self.reverseZone(ofPrefix:))
        hasLocalReverseZones = dns.hasLocalReverseZones
        forwardedZones = configuration.forwarding.zones.compactMap { rule in
            try? DomainName(text: rule.zone)
        }
        self.hasRecursors = hasRecursors
        self.forwardsAllNames = forwardsAllNames
    }

    private static func domain(_ text: String, key: String) throws(FileProblem) -> DomainName {
        do {
            return try DomainName(text: text.lowercased())
        } catch {
            throw FileProblem("\(key): '\(text)' is no domain name: \(error)")
        }
    }

    /// Consul cuts fractions of a second off a TTL (spec dns.md 2.10).
    static func seconds(_ duration: Duration) -> UInt32 {
        UInt32(clamping: duration.components.seconds)
    }
}

extension Logger.Level {
    /// The level of `log_level`.
    init(_ level: LogConfiguration.Level) {
        self =
            switch level {
            case .trace: .trace
            case .debug: .debug
            case .info: .info
            case .warn: .warning
            case .error: .error
            }
    }
}

extension LocalStateSettings {
    /// Output limits and habits of checks, and the ports of sidecars.
    init(_ checks: AgentConfiguration.CheckConfiguration, sidecarPorts: Range<Int>) {
        self.init(
            maximumOutput: checks.outputMaximumSize,
            defersOutput: checks.updateInterval > .zero,
            discardsOutput: checks.discardsOutput,
            sidecarPorts: sidecarPorts
        )
    }
}

extension RuntimeConfiguration {
    /// Where DNS listens.
    ///
    /// - Throws: ``FileProblem`` for an address that is none.
    func dnsEndpoints() throws(FileProblem) -> [DNSEndpoint] {
        var endpoints: [DNSEndpoint] = []
        for address in network.dns {
            guard case .ip(let host, let port) = address, let number = UInt16(exactly: port),
                let endpoint = DNSEndpoint(host: host, port: number)
            else {
                throw FileProblem(
                    "addresses.dns: '\(address)' is no IP address. Write 127.0.0.1, 0.0.0.0 or ::."
                )
            }
            endpoints.append(endpoint)
        }
        return endpoints
    }

    /// The DNS server's configuration: a worker per address and core that this process may run on.
    func dnsServer(
        _ endpoints: [DNSEndpoint],
        forwarding: Forwarder.Configuration
    ) -> DNSServerConfiguration {
        var result = DNSServerConfiguration(
            addresses: endpoints,
            workers: Int(csockets_core_count()),
            forwarding: forwarding,
            activation: SocketActivation.ofThisProcess()
        )
        result.rateLimit = rateLimit
        result.tap = QueryTapSettings(dns)
        result.catalogDomains = [dns.domain, dns.alternateDomain].compactMap { text in
            text.flatMap { try? DomainName(text: $0) }
        }
        return result
    }

    /// How many replies a client network may have over UDP.
    var rateLimit: RateLimit {
        RateLimit(
            repliesPerSecond: dns.responseRateLimit,
            slip: dns.responseRateSlip,
            exempt: dns.responseRateExempt.compactMap { ClientNetwork($0) }
        )
    }

    /// How queries for other zones are forwarded.
    ///
    /// - Throws: ``FileProblem`` for an address in `forward_zones` that is none.
    func forwarder(
        recursors: Recursors,
        own: [DNSEndpoint],
        settings: DNSSettings,
        zones: ZoneSet
    ) throws(FileProblem) -> Forwarder.Configuration {
        var result = Forwarder.Configuration(
            recursors: recursors.addresses,
            strategy: dns.strategy,
            timeout: dns.recursorTimeout,
            maximumUDPSize: dns.udpMaximumSize
        )
        result.zones = try forwarding.forwardedZones(own: own) { Recursors.systemText() }
        result.ownDomains =
            [settings.domain] + [settings.alternateDomain].compactMap { $0 }
            + zones.zones.map(\.apex)
        result.delegatedDomains = zones.delegations.filter { !settings.holdsCatalogNames($0) }
        result.budget = forwarding.queryTimeout
        result.randomizesCase = forwarding.randomizesCase
        result.relaysClientSubnet = forwarding.relaysClientSubnet
        result.settings.cacheSize = forwarding.cacheSize
        result.settings.maximumTTL = DNSSettings.seconds(forwarding.maximumTTL)
        result.settings.maximumNegativeTTL = DNSSettings.seconds(forwarding.maximumNegativeTTL)
        result.settings.staleLimit = DNSSettings.seconds(forwarding.serveStale)
        result.settings.sendsCookies = forwarding.sendsCookies
        result.dropsPrivateAnswers = forwarding.protectsFromRebinding
        result.privateDomains = forwarding.rebindAllowed.compactMap {
            try? DomainName(text: $0)
        }
        result.settings.prefetches = forwarding.prefetches
        result.settings.compresses = !dns.disableCompression
        return result
    }

    /// The HTTP server's configuration.
    func httpServer(
        certificates: ServerCertificates? = nil
    ) -> HTTPServerConfiguration {
        var result = HTTPServerConfiguration(
            addresses: network.http.map { HTTPListenAddress($0) }
        )
        if let certificates {
            result.secureAddresses = network.https.map { HTTPListenAddress($0) }
            result.certificates = certificates
        }
        result.unixSockets.user = network.unixSockets.user
        result.unixSockets.group = network.unixSockets.group
        result.unixSockets.mode = network.unixSockets.mode
        result.timeouts.handshake = http.handshakeTimeout
        result.hosts = HostRule(
            nodeName: identity.nodeName,
            domains: [dns.domain] + [dns.alternateDomain].compactMap { $0 },
            allowed: http.allowedHosts
        )
        result.origins = OriginRule(allowed: http.allowedOrigins)
        result.requestLimits = RequestLimits(http.requestLimits)
        result.maximumConnectionsPerClient = http.maximumConnectionsPerClient
        result.maximumHeaderBytes = http.maximumHeaderBytes
        result.responseHeaders = http.responseHeaders
        result.usesCache = http.usesCache
        result.blockedEndpoints = http.blockedEndpoints
        result.maximumValueSize = http.maximumValueSize
        result.maximumTransactionSize = http.maximumTransactionSize
        result.minimumSessionTTL = minimumSessionTTL
        result.refusesUnprintable = http.refusesUnprintablePaths
        result.defaultPolicy = defaultPolicy
        result.translatesAddresses = identity.translateWANAddresses
        result.disablesCoordinates = disablesCoordinates
        result.discoversStale = http.discoveryMaximumStaleness > .zero
        result.mergesCentralConfig = http.mergesCentralConfig
        result.writersFrom = http.writersFrom.compactMap { AddressRange($0) }
        return result
    }

    /// The check runners' configuration.
    ///
    /// They report every change at once: the local state shows it, and holds back for the catalog
    /// what may wait (`check_update_interval`).
    func checkRunners() -> HealthChecks.CheckConfiguration {
        HealthChecks.CheckConfiguration(
            outputMaxSize: checks.outputMaximumSize,
            updateInterval: .zero,
            discardsOutput: checks.discardsOutput,
            nodeName: identity.nodeName,
            dockerHost: unsafe getenv("DOCKER_HOST").map { unsafe String(cString: $0) }
                .flatMap { $0.isEmpty ? nil : $0 } ?? "unix:///var/run/docker.sock"
        )
    }

    /// How checks speak TLS.
    ///
    /// - Throws: ``FileProblem`` for a file that cannot be used.
    func checkTLS() throws(FileProblem) -> CheckTLS {
        guard let files = checks.agentTLS.map(CheckTLSFiles.init) else { return CheckTLS() }
        do throws(CheckTLSError) { return try CheckTLS(files) } catch { throw FileProblem(error) }
    }

    /// What the files hold with which checks speak TLS; `nil` where they use none.
    ///
    /// - Throws: ``FileProblem`` for a file that cannot be used.
    func checkTLSMaterial() throws(FileProblem) -> CheckTLSMaterial? {
        guard let files = checks.agentTLS.map(CheckTLSFiles.init) else { return nil }
        do throws(CheckTLSError) { return try CheckTLS.read(files) } catch {
            throw FileProblem(error)
        }
    }

    /// What the HTTP API says of this agent; `startTime` is when this process started, in seconds
    /// since 1970.
    func agentIdentity(nodeID: String, startTime: Int) -> AgentIdentity {
        var result = AgentIdentity(
            datacenter: identity.datacenter,
            nodeName: identity.nodeName,
            nodeID: nodeID,
            advertiseAddress: network.advertiseAddress,
            serverPort: network.ports.server,
            serfLANPort: network.ports.serfLAN,
            isServer: true,
            isDevelopment: isDevelopment,
            compatibleVersion: WaypostVersion.consul,
            version: WaypostVersion.number,
            meta: identity.nodeMeta,
            debugConfiguration: Dictionary(
                effective.map { ($0.key, $0.value) },
                uniquingKeysWith: { _, last in last }
            ),
            defaultQueryTime: http.defaultQueryTime,
            maximumQueryTime: http.maximumQueryTime,
            scriptChecksEnabled: checks.allowsRemoteScripts
        )
        result.startTime = startTime
        result.domain = dns.domain.hasSuffix(".") ? String(dns.domain.dropLast()) : dns.domain
        return result
    }
}

extension HTTPListenAddress {
    /// An address of the configuration.
    init(_ address: ListenAddress) {
        self =
            switch address {
            case .ip(let host, let port): .ip(host, port: port)
            case .unix(let path): .unix(path: path)
            }
    }
}

extension RequestLimits {
    /// `limits.request_limits`.
    init(_ configuration: RequestLimitConfiguration) {
        self.init()
        readRate = configuration.readRate
        writeRate = configuration.writeRate
        mode =
            switch configuration.mode {
            case .disabled: .disabled
            case .permissive: .permissive
            case .enforcing: .enforcing
            }
    }
}

extension SocketActivation {
    /// The sockets that systemd handed to this process; `nil` when there are none.
    static func ofThisProcess() -> SocketActivation? {
        var environment: [String: String] = [:]
        for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] {
            if let value = unsafe getenv(name) { environment[name] = unsafe String(cString: value) }
        }
        let found = SocketActivation(environment: environment, processID: getpid())
        return found.sockets.isEmpty ? nil : found
    }
}

extension CheckTLSFiles {
    /// The files that a configuration names.
    init(_ configuration: CheckTLSConfiguration) {
        self.init(
            caFile: configuration.caFile,
            caPath: configuration.caPath,
            certFile: configuration.certFile,
            keyFile: configuration.keyFile
        )
    }
}

extension FileProblem {
    /// A file of checks that cannot be used.
    fileprivate init(_ error: CheckTLSError) {
        self.init("enable_agent_tls_for_checks: \(error.message)")
    }
}
