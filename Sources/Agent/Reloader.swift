// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import DNSAnswers
import DNSTransport
import DNSZones
import HTTPAPI
import HealthChecks
import LocalState
import Logging
import NIOPosix
import Replication
import StateStore
import Watches

/// Applies a changed configuration to the running agent (Consul: spec http-api.md 7.4): services
/// and checks of files, DNS settings, forwarding, node metadata, log level, static zones, watches, certificates of HTTPS
/// and of checks, hosts, origins and limits of the API.
///
/// A configuration that is wrong changes nothing; a zone file that is wrong keeps its old zone.
actor Reloader {
    private let input: AgentInput
    private let local: LocalAgent
    private let checkTLS: CheckTLS
    private let machine: StateMachine
    private let server: DNSServer
    private let board: MetricsBoard
    private let logSettings: LogSettings
    private let queryLog: QueryLog
    private let top: TopBoard
    private let logger: Logger
    private var zones: ZoneKeeper
    private var watches: WatchSupervisor?
    private var http: (server: HTTPServer, https: HTTPSKeeper)?
    private var current: RuntimeConfiguration
    /// One reload at a time.
    private let turnstile = Turnstile()
    /// Warnings that were given: each is given once.
    private var told: Set<String>

    init(
        input: AgentInput,
        told: Set<String>,
        configuration: RuntimeConfiguration,
        local: LocalAgent,
        checkTLS: CheckTLS,
        machine: StateMachine,
        server: DNSServer,
        zones: ZoneKeeper,
        board: MetricsBoard,
        logSettings: LogSettings,
        queryLog: QueryLog,
        top: TopBoard,
        logger: Logger
    ) {
        self.input = input
        self.told = told
        self.current = configuration
        self.local = local
        self.checkTLS = checkTLS
        self.machine = machine
        self.server = server
        self.zones = zones
        self.board = board
        self.logSettings = logSettings
        self.queryLog = queryLog
        self.top = top
        self.logger = logger
    }

    /// Says who runs the watches; once, before the first reload.
    func attach(_ watches: WatchSupervisor) { self.watches = watches }

    /// Says who serves the API, and with which certificates; once, before the first reload.
    func attach(_ server: HTTPServer, _ https: HTTPSKeeper) { http = (server, https) }

    /// Reads everything anew.
    ///
    /// - Returns: What is wrong with the configuration, or `nil`.
    func reload() async -> String? {
        // One after the other: the last that begins has read the newest files, and its settings stay.
        await turnstile.enter()
        let problem = await reloadNow()
        await turnstile.leave()
        return problem
    }

    private func reloadNow() async -> String? {
        do {
            let loaded = try input.load()
            for warning in loaded.warnings where told.insert(warning).inserted {
                logger.warning("\(warning)")
            }
            try await apply(loaded.configuration)
            logger.info("configuration reloaded")
            return nil
        } catch {
            let reason = (error as? LocalStateError)?.message ?? "\(error)"
            logger.error("configuration not reloaded: \(reason)")
            return reason
        }
    }

    /// How the files that a reload reads look now.
    func look() async -> [String: FileStamp] {
        let paths = input.watchedPaths(current)
        // The disk, or a network's, may take its time.
        let stamps = try? await NIOThreadPool.singleton.runIfActive { FileStamp.stamps(of: paths) }
        return stamps ?? [:]
    }

    /// Does what ends with the catalog.
    ///
    /// What that does not take now, as when the disk is full, is told by anti-entropy: all else of the configuration
    /// shall not wait for it.
    private func tellCatalog(_ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch let error as SubmitError where error != .stopped {
            logger.error(
                "not everything of the configuration is in the catalog; tried again",
                metadata: ["error": "\(error)"]
            )
        }
    }

    private func apply(_ configuration: RuntimeConfiguration) async throws {
        let recursors = try Recursors(configuration.dns.recursors, own: server.boundAddresses) {
            Recursors.systemText()
        }
        if let text = recursors.warning(for: configuration.dns.recursors) {
            logger.warning("\(text)")
        }
        // Domain, datacenter and node name hold until the next start.
        var fixed = configuration
        fixed.dns.domain = current.dns.domain
        fixed.dns.alternateDomain = current.dns.alternateDomain
        fixed.identity.datacenter = current.identity.datacenter
        fixed.identity.nodeName = current.identity.nodeName
        // First what can be refused: addresses, then the definitions.
        let (zoneSet, problems) = zones.load(configuration.zoneDirectories)
        let forwarding = try fixed.forwarder(
            recursors: recursors,
            own: server.boundAddresses,
            settings: try DNSSettings(fixed, hasRecursors: true),
            zones: zoneSet
        )
        // They are written at a start only, but a wrong one shall not wait for it.
        _ = try configuration.configEntryBootstrap()
        let identity = try http?.https.prepare(configuration)
        let checkMaterial = try configuration.checkTLSMaterial()
        try queryLog.update(configuration.dns.queryLog, configuration.log)
        let services = configuration.serviceDefinitions
        let checks = configuration.checkDefinitions
        let replace = { @Sendable (state: inout LocalState) in
            try state.replaceFileDefinitions(services: services, checks: checks)
        }
        try local.verify(replace)
        try await tellCatalog { try await local.change(replace) }
        let restart = configuration.keysNeedingRestart(comparedTo: current)
        if !restart.isEmpty {
            logger.warning(
                "changed keys need a restart",
                metadata: ["keys": "\(restart.joined(separator: " "))"]
            )
        }
        let meta = configuration.identity.nodeMeta
        if meta != current.identity.nodeMeta {
            try await tellCatalog { try await local.renameMetadata(to: meta) }
        }
        server.updateRateLimit(configuration.rateLimit)
        machine.update(configuration.snapshotPolicy)
        http?.https.adopt(identity)
        if let checkMaterial { checkTLS.adopt(checkMaterial) }
        http?.server.update(fixed.httpServer())
        top.set(isOn: configuration.dns.countsTop)
        server.updateTap(QueryTapSettings(configuration.dns))
        let effective = server.updateForwarding(forwarding)
        let settings = try DNSSettings(
            fixed,
            hasRecursors: effective.forwards,
            forwardsAllNames: !effective.recursors.isEmpty
        )
        for warning in zones.warnings(settings) where told.insert(warning).inserted {
            logger.warning("\(warning)")
        }
        await machine.publishSettings(settings)
        board.update(TelemetrySettings(configuration.telemetry, hostName: "").naming)
        watches?.replace(with: configuration.watches)
        logSettings.set(Logger.Level(configuration.log.level))
        current = fixed
        for problem in problems {
            logger.error("zone file not loaded, the zone before stays: \(problem)")
        }
        await machine.publishZones(zoneSet)
        logger.info("zones loaded", metadata: ["zones": "\(zoneSet.zones.count)"])
    }
}

extension DNSConfiguration {
    /// `recursor_strategy`.
    var strategy: RecursorStrategy { choosesRecursorsAtRandom ? .random : .sequential }
}

extension Recursors {
    /// The text of /etc/resolv.conf; empty when it cannot be read, which means no servers.
    static func systemText() -> String {
        let octets = ConfigurationFiles.octets(of: "/etc/resolv.conf") ?? []
        return String(decoding: octets, as: UTF8.self)
    }
}
