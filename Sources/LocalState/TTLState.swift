// SPDX-License-Identifier: Apache-2.0
public import Definitions
import StateStore

/// What is kept of a TTL check over a restart (Consul: a file of `checks/state`): what was said of it
/// last, and until when that holds.
///
/// Without it a check would begin anew, and a service that died while the agent was down would pass
/// for healthy until another TTL is over.
public struct TTLState: Hashable, Sendable {
    /// The check.
    public var checkID: String
    /// The status that it was told.
    public var status: CheckStatus
    /// The note that came with it, as far as it is kept.
    public var output: String
    /// When it ends, in milliseconds since 1970 by the wall clock, which alone goes on while the
    /// machine is off.
    public var expiry: Int

    /// Makes a state.
    public init(checkID: String, status: CheckStatus, output: String, expiry: Int) {
        self.checkID = checkID
        self.status = status
        self.output = output
        self.expiry = expiry
    }

    /// Whether it still holds at a time, in milliseconds since 1970.
    public func holds(at now: Int) -> Bool { now < expiry }
}

extension LocalState {
    /// TTLs from here on, in milliseconds, are counted from the begin of a second.
    private static let coarseTTL = 4000

    /// What is to be kept of a check that was told its state now.
    ///
    /// The time counts from the begin of the second (Consul: `Expires` has whole seconds), so that
    /// a check that is told the same twice within a second need not be written twice; TTLs below 4 s
    /// are too short for that.
    ///
    /// - Parameters:
    ///   - id: The check.
    ///   - now: Milliseconds since 1970.
    /// - Returns: What is to be kept; `nil` for nothing, because the check is gone, of another kind,
    ///   or as it would begin without.
    public func ttlState(of id: String, at now: Int) -> TTLState? {
        guard let check = checks[id], let ttl = check.definition.ttl,
            check.definition.kind == .ttl
        else { return nil }
        guard check.row.status != Self.beginning(of: check) || !check.row.output.isEmpty else {
            return nil
        }
        let (seconds, attoseconds) = ttl.components
        let lifetime = Int(clamping: seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
        let begin = lifetime < Self.coarseTTL ? now : now - now % 1000
        return TTLState(
            checkID: id,
            status: check.row.status,
            output: check.row.output,
            expiry: begin + lifetime
        )
    }

    /// The status in which a TTL check begins when the agent starts and nothing that holds was kept.
    ///
    /// Consul: what was registered over HTTP is critical, lest a service that is not well be
    /// answered; what is in files has the status that stands there.
    static func beginning(of check: LocalCheck) -> CheckStatus {
        check.source == .http ? .critical : check.definition.status ?? .critical
    }
}
