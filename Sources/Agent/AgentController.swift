// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Checks
import DNSAnswers
import DNSWire
import Definitions
import Events
import Glibc
import HTTPAPI
import LocalState
import Logging
import Publication
import StateStore
import Telemetry

/// What the HTTP API asks of the agent: a thin translation of refusals into statuses and texts.
struct AgentController: AgentControl {
    let identity: AgentIdentity
    let local: LocalAgent
    let exchange: EventExchange
    /// The published state that DNS answers from.
    let published: SnapshotCell<DNSSnapshot>
    let metrics: any MetricsReader
    let logSettings: LogSettings
    /// What is known about being ready.
    let readinessBoard: ReadinessBoard
    /// Who asks DNS what.
    let top: TopBoard
    /// Brings what DNS was asked a moment ago to ``top``.
    let flushQueries: @Sendable () -> Void
    /// `data_dir`, empty for none, and the name of the machine.
    let dataDirectory: String
    let hostName: String
    /// Re-reads the configuration and applies it; the text of what is wrong, if anything is.
    let reloadConfiguration: @Sendable () async -> String?
    /// Begins a graceful leave.
    let beginLeave: @Sendable () async -> Void

    var localWatches: WatchRegistry<LocalTopic>? { local.watches }

    func localSnapshot() -> LocalSnapshot {
        let state = local.read()
        return LocalSnapshot(
            services: state.services.mapValues(\.row),
            checks: state.checks.mapValues(\.row)
        )
    }

    func registerService(
        _ definition: ServiceDefinition,
        replacingChecks: Bool
    ) async throws(AgentFailure) {
        for check in definition.checks { try verify(check) }
        for check in definition.sidecarRegistration?.checks ?? [] { try verify(check) }
        let register = { @Sendable (state: inout LocalState) in
            try state.registerWithSidecar(
                definition,
                source: .http,
                replacingChecks: replacingChecks
            )
        }
        try verify(register)
        try await change(register)
    }

    func deregisterService(id: String) async throws(AgentFailure) {
        try await change { try $0.deregisterService(id) }
    }

    func registerCheck(_ definition: CheckDefinition) async throws(AgentFailure) {
        try verify(definition)
        // How large it is does not depend on the service, which the state that it is tried on lacks.
        var alone = definition
        alone.serviceID = ""
        try verify { try $0.register(alone, source: .http) }
        try await change { try $0.register(definition, source: .http) }
    }

    func deregisterCheck(id: String) async throws(AgentFailure) {
        try await change { try $0.deregisterCheck(id) }
    }

    func updateTTLCheck(
        id: String,
        status: CheckStatus,
        output: String
    ) async throws(AgentFailure) {
        try await change { try $0.updateTTL(id, status: status, output: output) }
    }

    func setServiceMaintenance(
        id: String,
        enabled: Bool,
        reason: String
    ) async throws(AgentFailure) {
        do { try NameLimit.validate(LocalState.maintenanceID(ofService: id), "Check ID") } catch {
            throw AgentFailure(status: 400, message: error.message)
        }
        try await change { try $0.setServiceMaintenance(id, enabled: enabled, reason: reason) }
    }

    func setNodeMaintenance(enabled: Bool, reason: String) async throws(AgentFailure) {
        try await change { $0.setNodeMaintenance(enabled: enabled, reason: reason) }
    }

    func reload() async throws(AgentFailure) {
        if let problem = await reloadConfiguration() {
            throw AgentFailure(status: 500, message: problem)
        }
    }

    func leave() async { await beginLeave() }

    func readiness() -> Readiness { readinessBoard.readiness }

    func topQueries(minutes: Int?, limit: Int) -> TopReport? {
        flushQueries()
        return top.report(minutes: minutes, limit: limit)
    }

    func resetTopQueries() {
        flushQueries()
        top.reset()
    }

    func hostReport() -> HostReport {
        HostReport.read(hostName: hostName, dataDirectory: dataDirectory)
    }

    func monitor(level: String, isJSON: Bool) -> (any LogMonitor)? {
        // Consul: names without case, err is an old spelling.
        let name = level.lowercased() == "err" ? "error" : level.lowercased()
        guard let known = LogConfiguration.Level(rawValue: name) else { return nil }
        let tap = LogTap(level: Logger.Level(known), isJSON: isJSON)
        logSettings.open(tap)
        return tap
    }

    /// What cannot be told now is told by anti-entropy.
    func stateWasRestored() async { _ = try? await local.synchronize() }
    var events: EventBoard { exchange.board }

    func fire(_ event: UserEvent) async throws(AgentFailure) { exchange.fire(event) }

    func explainDNS(name: String, type: String) throws(AgentFailure) -> DNSExplanation {
        let asked: DomainName
        do {
            asked = try DomainName(text: name)
        } catch {
            throw AgentFailure(status: 400, message: "\"\(name)\" is no domain name: \(error)")
        }
        guard let number = RecordType(text: type.uppercased()) else {
            throw AgentFailure(
                status: 400,
                message: "\"\(type)\" is no record type; write A, SRV, … or TYPEnnn"
            )
        }
        // Seconds since 1970, as the SOA's serial has them.
        let now = UInt32(clamping: time(nil))
        return DNSExplanation(Explanation(asked, number, in: published.read(), now: now))
    }

    private func verify(_ check: CheckDefinition) throws(AgentFailure) {
        if let text = ProbeTarget.refusal(check) {
            throw AgentFailure(status: 400, message: text)
        }
        do {
            try local.verify(check)
        } catch {
            throw AgentFailure(status: error.httpStatus, message: error.message)
        }
    }

    /// Refuses what no catalog would take, before anything is changed.
    private func verify(
        _ body: (inout LocalState) throws -> LocalEffects
    ) throws(AgentFailure) {
        do throws(SubmitError) { try local.verify(body) } catch { throw AgentFailure(error) }
    }

    private func change(
        _ body: @Sendable (inout LocalState) throws -> LocalEffects
    ) async throws(AgentFailure) {
        do {
            try await local.change(body)
        } catch {
            throw AgentFailure(ofChange: error)
        }
    }
}
