// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import DNSAnswers
import DNSTransport
import DNSWire
import DNSZones
import Definitions
import Glibc
import HTTPAPI
import HealthChecks
import LocalState
import Logging
import NIOCore
import NIOPosix
import Replication
import ServiceLifecycle
import StateStore
import Telemetry
import UnixSignals
import Watches

/// One agent: the parts in the order in which they start, and nothing clever.
final class Agent: Sendable {
    private let configuration: RuntimeConfiguration
    private let machine: StateMachine
    private let local: LocalAgent
    private let dns: DNSServer
    private let http: HTTPServer
    private let checks: CheckSupervisor
    private let watches: WatchSupervisor
    private let sessions: SessionKeeper
    private let reloader: Reloader
    /// How the files of the configuration looked when they were read.
    private let filesAtStart: [String: FileStamp]
    private let zones: ZoneSet
    private let recursors: Recursors
    private let telemetry: TelemetryService
    private let remote: RemoteExecution?
    private let ownNode: Command
    private let configEntries: ConfigEntryBootstrap
    private let exitCode = ExitCode()
    private let readiness = ReadinessBoard()
    private let stopper: Stopper
    private let logger: Logger

    /// Composes the agent; nothing listens yet.
    ///
    /// - Throws: ``FileProblem`` when something that the configuration names cannot be used.
    init(input: AgentInput, loaded: AgentInput.Loaded) async throws(FileProblem) {
        let configuration = loaded.configuration
        self.configuration = configuration
        filesAtStart =
            configuration.reloadsAutomatically
            ? FileStamp.stamps(of: input.watchedPaths(configuration)) : [:]
        let logSettings = try LogSettings(configuration.log)
        func makeLogger(_ name: String) -> Logger {
            Logger(label: name) { AgentLogHandler(label: $0, settings: logSettings) }
        }
        let logger = makeLogger("agent")
        self.logger = logger
        for warning in loaded.warnings { logger.warning("\(warning)") }
        if let text = logSettings.warning { logger.warning("\(text)") }
        configEntries = try configuration.configEntryBootstrap()
        let directory = try DataDirectory.prepare(configuration)
        let isHostNamed = !configuration.identity.disableHostNodeID
        let nodeID = try NodeIdentity.nodeID(
            configured: configuration.identity.nodeID,
            dataDirectory: directory,
            host: { isHostNamed ? HostIdentity.nodeID() : nil }
        )
        let node = OwnNode.row(
            name: configuration.identity.nodeName,
            id: nodeID,
            address: configuration.network.advertiseAddress,
            taggedAddresses: configuration.identity.taggedAddresses,
            meta: configuration.identity.nodeMeta,
            version: WaypostVersion.consul
        )
        ownNode = OwnNode.registration(
            of: node,
            serverPort: configuration.network.ports.server,
            version: WaypostVersion.consul
        )

        var keeper = ZoneKeeper()
        let (zones, problems) = keeper.load(configuration.zoneDirectories)
        for problem in problems { logger.error("zone file not loaded: \(problem)") }
        self.zones = zones
        let listening = try configuration.dnsEndpoints()
        let recursors = try Recursors(configuration.dns.recursors, own: listening) {
            Recursors.systemText()
        }
        self.recursors = recursors
        if let text = recursors.warning(for: configuration.dns.recursors) {
            logger.warning("\(text)")
        }
        let settings = try DNSSettings(
            configuration,
            hasRecursors: !recursors.addresses.isEmpty || !configuration.forwarding.zones.isEmpty,
            forwardsAllNames: !recursors.addresses.isEmpty
        )
        let zoneWarnings = keeper.warnings(settings)
        for warning in zoneWarnings { logger.warning("\(warning)") }
        let forwarding = try configuration.forwarder(
            recursors: recursors,
            own: listening,
            settings: settings,
            zones: zones
        )

        let group = MultiThreadedEventLoopGroup.singleton
        let measuring = TelemetrySettings(
            configuration.telemetry,
            hostName: configuration.telemetry.hostName
        )
        let board = MetricsBoard(measuring)
        let stateDirectory = configuration.isDevelopment ? nil : directory
        let machine = try Self.machine(
            dataDirectory: stateDirectory,
            settings: settings,
            zones: zones,
            policy: configuration.snapshotPolicy,
            readiness: readiness,
            board: board,
            logger: makeLogger("agent.raft")
        )
        self.machine = machine
        let submitter = MeasuredSubmitter(next: machine, board: board)
        sessions = SessionKeeper(
            submitter: TimedSubmitter(
                next: submitter,
                key: MetricKey("session_ttl.invalidate"),
                board: board
            ),
            snapshots: machine
        )
        let local = LocalAgent(
            state: LocalState(
                node: node,
                settings: LocalStateSettings(
                    configuration.checks,
                    sidecarPorts: configuration.network.ports.sidecar
                )
            ),
            scripts: .init(
                remote: configuration.checks.allowsRemoteScripts,
                local: configuration.checks.allowsLocalScripts
            ),
            store: try Self.store(configuration.isDevelopment ? nil : directory),
            submitter: submitter,
            snapshots: machine,
            logger: makeLogger("agent.local")
        )
        self.local = local
        let checkTLS = try configuration.checkTLS()
        checks = CheckSupervisor(
            configuration: configuration.checkRunners(),
            tls: checkTLS,
            catalog: CatalogFollower(snapshots: machine, watches: machine.watches),
            metrics: board,
            eventLoopGroup: group,
            logger: makeLogger("agent.checks")
        ) { [local] id, status, output in
            await local.report(check: id, status: status, output: output)
        } deregister: { [local] id in
            await local.deregisterCritical(service: id)
        }
        local.attach(checks)
        dns = DNSServer(
            configuration: configuration.dnsServer(listening, forwarding: forwarding),
            snapshots: machine.cell,
            makeReader: { machine.makeViewReader() },
            eventLoopGroup: group,
            logger: makeLogger("agent.dns")
        )
        let queryLog = QueryLog(logger: makeLogger("agent.dns.queries"))
        try queryLog.update(configuration.dns.queryLog, configuration.log)
        let top = TopBoard(isOn: configuration.dns.countsTop)
        dns.tap.attach { queries in
            top.take(queries)
            queryLog.write(queries)
        }
        let reloader = Reloader(
            input: input,
            told: Set(loaded.warnings + zoneWarnings),
            configuration: configuration,
            local: local,
            checkTLS: checkTLS,
            machine: machine,
            server: dns,
            zones: keeper,
            board: board,
            logSettings: logSettings,
            queryLog: queryLog,
            top: top,
            logger: logger
        )
        self.reloader = reloader
        let https = try HTTPSKeeper(configuration, logger: logger)
        let stopper = Stopper()
        self.stopper = stopper
        let exitCode = self.exitCode
        remote =
            configuration.runsCommandsOfOthers
            ? RemoteExecution(
                node: configuration.identity.nodeName,
                snapshots: machine,
                submitter: submitter,
                eventLoops: group,
                logger: makeLogger("agent.exec")
            ) : nil
        let control = AgentController(
            identity: configuration.agentIdentity(nodeID: nodeID, startTime: time(nil)),
            local: local,
            exchange: EventExchange(
                node: configuration.identity.nodeName,
                local: local,
                remote: remote,
                logger: logger,
                count: { board.add(1, to: MetricKey("agent.event")) }
            ),
            published: machine.cell,
            metrics: board,
            logSettings: logSettings,
            readinessBoard: readiness,
            top: top,
            flushQueries: { [dns] in dns.tap.flush() },
            dataDirectory: configuration.isDevelopment ? "" : configuration.dataDirectory,
            hostName: configuration.telemetry.hostName,
            reloadConfiguration: { await reloader.reload() },
            beginLeave: { [readiness, logger] in
                logger.info("asked to leave, stopping")
                readiness.noteStopping()
                exitCode.note(0)
                stopper.stop()
            }
        )
        http = HTTPServer(
            configuration: configuration.httpServer(certificates: https.certificates),
            control: control,
            submitter: submitter,
            snapshots: machine,
            watches: machine.watches,
            sessionTimers: sessions,
            eventLoopGroup: group,
            metrics: board,
            logger: makeLogger("agent.http")
        )
        let collector = MetricsCollector(
            board: board,
            sources: .init(
                snapshots: machine,
                watches: machine.watches,
                dns: { [dns] in dns.counters },
                waiting: { [http] in http.waitingQueries },
                lostLines: {
                    logSettings.outputs.map { ($0.name, $0.lostLines) }
                        + [("query_log", queryLog.lostLines)]
                },
                storage: { stateDirectory.map { StorageUsage(dataDirectory: $0) } },
                certificateEnd: { https.certificates?.notAfter }
            ),
            datacenter: configuration.identity.datacenter,
            version: WaypostVersion.consul
        )
        board.attach { collector.collect() }
        telemetry = TelemetryService(
            board: board,
            sinks: measuring.sinks.map {
                StatsdSink($0, group: group, logger: makeLogger("agent.telemetry"))
            }
        )
        watches = WatchSupervisor(
            source: OwnAPI(reader: http.localReader),
            eventLoopGroup: group,
            logger: makeLogger("agent.watch")
        )
        watches.replace(with: configuration.watches)
        await reloader.attach(watches)
        await reloader.attach(http, https)
    }

    /// Starts everything, shows the screen, and runs until told to stop.
    ///
    /// - Returns: The exit code of the process.
    func run() async -> Int32 {
        let owed: (@Sendable () async throws -> Void)?
        do {
            owed = try await registerServer()
            readiness.noteRegistered()
            let services = configuration.serviceDefinitions
            let checks = configuration.checkDefinitions
            try await local.start(services: services, checks: checks)
            try await dns.start()
            readiness.noteDNS(
                isListening: !dns.boundAddresses.isEmpty || configuration.network.dns.isEmpty
            )
        } catch {
            report(error)
            await stop()
            return 1
        }
        PidFile.write(configuration.pidFile, logger: logger)
        var services: [any Service] = [
            checks,
            AntiEntropy(
                local: local,
                outputInterval: configuration.checks.updateInterval,
                logger: logger
            ),
            LeaderDuties(
                local: local,
                submitter: machine,
                snapshots: machine,
                watches: machine.watches,
                serverPort: configuration.network.ports.server,
                version: WaypostVersion.consul,
                logger: logger,
                owed: owed
            ),
            SessionExpiry(keeper: sessions),
            telemetry,
            http,
            // After what they read, so that they end before it.
            watches,
            ReadyScreen { await self.showScreen() },
            await signals(),
            StopService(stopper: stopper),
        ]
        if let remote { services.insert(remote, at: 0) }
        if configuration.reloadsAutomatically {
            services.append(
                ConfigurationWatcher(
                    start: filesAtStart,
                    look: { [reloader] in await reloader.look() },
                    reload: { [reloader] in _ = await reloader.reload() },
                    logger: logger
                )
            )
        }
        let group = ServiceGroup(
            configuration: .init(services: services.map { .init(service: $0) }, logger: quiet)
        )
        stopper.attach { await group.triggerGracefulShutdown() }
        do {
            try await group.run()
        } catch {
            report(error)
        }
        await stop()
        PidFile.remove(configuration.pidFile)
        return exitCode.value
    }

    /// Registers this server and writes the entries of `config_entries.bootstrap`.
    ///
    /// A full disk keeps neither DNS nor reads from their work.
    ///
    /// - Returns: What ``LeaderDuties`` has to write once it can register this server.
    private func registerServer() async throws -> (@Sendable () async throws -> Void)? {
        do {
            try await OwnNode.submit(ownNode, to: machine)
            try await configEntries.write(to: machine, machine)
            return nil
        } catch let error as SubmitError where error == .storageFull || error == .overloaded {
            logger.error(
                "this server or its config entries are not registered yet",
                metadata: ["error": "\(error)"]
            )
            return { [configEntries, machine] in try await configEntries.write(to: machine, machine)
            }
        }
    }

    private func stop() async {
        readiness.noteDNS(isListening: false)
        await dns.stop()
        machine.stop()
        machine.waitUntilEnded()
    }

    private func signals() async -> SignalService {
        let leave = configuration.leave
        return SignalService(
            // Caught before anybody is told that the agent is ready.
            signals: await UnixSignalsSequence(trapping: .sighup, .sigint, .sigterm),
            reload: { [reloader] in _ = await reloader.reload() },
            stop: { [exitCode, stopper, readiness] signal in
                readiness.noteStopping()
                let isGraceful =
                    signal == .sigint ? !leave.skipsLeaveOnInterrupt : leave.leavesOnTerminate
                exitCode.note(isGraceful ? 0 : 1)
                stopper.stop()
            },
            logger: logger
        )
    }

    private func showScreen() async {
        let addresses = await http.boundAddresses
        let secure = await http.boundSecureAddresses
        let wanted = configuration.network
        guard !addresses.isEmpty || wanted.http.isEmpty, !secure.isEmpty || wanted.https.isEmpty
        else { return }
        if configuration.log.isJSON {
            // Whoever reads stdout by machine gets lines of JSON and nothing else.
            logger.info(
                "Ready in \(ProcessAge.milliseconds()) ms",
                metadata: [
                    "dns": "\(dns.boundAddresses.map(\.description).joined(separator: " "))",
                    "http": "\(addresses.map(\.description).joined(separator: " "))",
                    "https": "\(secure.map(\.description).joined(separator: " "))",
                ]
            )
            return
        }
        let domain = configuration.dns.domain
        let screen = StartScreen(
            program: CommandLine.arguments.first ?? "waypost",
            version: WaypostVersion.number,
            node: configuration.identity.nodeName,
            datacenter: configuration.identity.datacenter,
            isDevelopment: configuration.isDevelopment,
            dns: dns.boundAddresses.map(\.description),
            http: addresses.map(\.description),
            https: secure.map(\.description),
            recursors: recursors.addresses.map(\.description),
            recursorsAreSystem: recursors.isSystem,
            zones: zones.zones.map { String($0.apex.description.dropLast()) },
            exampleService: configuration.serviceDefinitions.first?.name,
            domain: domain.hasSuffix(".") ? String(domain.dropLast()) : domain,
            milliseconds: ProcessAge.milliseconds()
        )
        AgentProcess.write(screen.text, to: STDOUT_FILENO)
    }

    private func report(_ error: any Error) {
        exitCode.note(1)
        AgentProcess.write(
            "==> \(StartFailure.text(of: error, configuration))\n",
            to: STDERR_FILENO
        )
    }

    /// The service group's own lines say nothing that a user can use.
    private var quiet: Logger {
        var logger = logger
        logger.logLevel = .critical
        return logger
    }
}
