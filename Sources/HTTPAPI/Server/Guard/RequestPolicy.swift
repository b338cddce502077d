// SPDX-License-Identifier: Apache-2.0
import HTTPTypes
import Locking

/// Who may ask, and how much; a reload changes it.
final class RequestPolicy: Sendable {
    private struct State {
        var hosts: HostRule
        /// Some of the hosts that the rule allows: most clients send the same one always.
        var allowedHosts: Set<String> = []
        var origins: OriginRule
        var limits: RequestLimits
        var reads: TokenBucket
        var writes: TokenBucket
    }

    /// The most hosts that are remembered as allowed.
    private static let rememberedHosts = 64

    private let state: Lock<State>
    private let meters: APIMeters

    init(_ configuration: HTTPServerConfiguration, meters: APIMeters) {
        self.meters = meters
        let now = ContinuousClock.now
        let limits = configuration.requestLimits
        state = Lock(
            State(
                hosts: configuration.hosts,
                origins: configuration.origins,
                limits: limits,
                reads: TokenBucket(rate: limits.readRate, now: now),
                writes: TokenBucket(rate: limits.writeRate, now: now)
            )
        )
    }

    /// Takes up new rules; what was counted is forgotten where a rate changed.
    func update(_ configuration: HTTPServerConfiguration) {
        let now = ContinuousClock.now
        state.withLock { state in
            state.hosts = configuration.hosts
            state.allowedHosts = []
            state.origins = configuration.origins
            let limits = configuration.requestLimits
            if limits.readRate != state.limits.readRate {
                state.reads = TokenBucket(rate: limits.readRate, now: now)
            }
            if limits.writeRate != state.limits.writeRate {
                state.writes = TokenBucket(rate: limits.writeRate, now: now)
            }
            state.limits = limits
        }
    }

    /// Refuses requests of browsers that were led here, and writes of other origins.
    ///
    /// - Parameters:
    ///   - method: the method.
    ///   - host: `Host`; empty when there is none.
    ///   - headers: all other headers.
    ///   - isLocal: whether the request came over a unix socket, where no browser is.
    /// - Throws: 403 with what to configure.
    func checkSource(
        _ method: HTTPRequest.Method,
        host: String,
        _ headers: HTTPFields,
        isLocal: Bool
    ) throws(APIFailure) {
        guard isLocal || allows(host) else {
            throw APIFailure(
                .forbidden,
                "Host \"\(HostRule.withoutPort(host))\" is no name of this agent. If it is one, add "
                    + "it to http_config.allowed_hosts in the agent's configuration."
            )
        }
        guard ![.get, .head, .options].contains(method) else { return }
        let origins = state.withLock { $0.origins }
        if let text = origins.refusal(method, host: host, headers) {
            throw APIFailure(.forbidden, text)
        }
    }

    private func allows(_ host: String) -> Bool {
        state.withLock { state in
            if state.allowedHosts.contains(host) { return true }
            guard state.hosts.allows(host) else { return false }
            if state.allowedHosts.count >= Self.rememberedHosts { state.allowedHosts = [] }
            state.allowedHosts.insert(host)
            return true
        }
    }

    /// Counts a request that reads or writes the state.
    ///
    /// - Throws: Consul's errors of a leader: 429 for reads, 503 for writes.
    func admit(isWrite: Bool, now: ContinuousClock.Instant) throws(APIFailure) {
        let (mode, isAdmitted) = state.withLock { state in
            guard state.limits.mode != .disabled else { return (state.limits.mode, true) }
            let taken =
                isWrite ? state.writes.take(now: now) : state.reads.take(now: now)
            return (state.limits.mode, taken)
        }
        guard !isAdmitted else { return }
        meters.noteRateLimit(isWrite: isWrite, mode: mode)
        guard mode == .enforcing else { return }
        if isWrite {
            throw APIFailure(
                .serviceUnavailable,
                "rate limit exceeded for operation that can only be performed by the leader, "
                    + "try again later"
            )
        }
        throw APIFailure(
            .tooManyRequests,
            "rate limit exceeded, try again later or against a different server"
        )
    }
}
