// SPDX-License-Identifier: Apache-2.0

/// Why a check cannot be added or updated; ``message`` is the text that Consul's users know.
public enum CheckRefusal: Error, Hashable, Sendable {
    /// A polled kind without an interval.
    case intervalMissing
    /// An interval and a TTL at once.
    case intervalAndTTL
    /// Neither something to poll nor a TTL.
    case ttlMissing
    /// Something to poll and an alias at once.
    case intervalForAlias
    /// A TTL and an alias at once.
    case ttlForAlias
    /// A negative limit of the output.
    case outputMaxSizeNegative
    /// Warning would come after critical.
    case warningAfterCritical
    /// A script where scripts are not allowed.
    case scriptsDisabled
    /// No check has the ID.
    case unknownCheck(id: String)
    /// The check is not a TTL check.
    case notTTL(id: String)
    /// A status other than passing, warning and critical.
    case invalidStatus(String)
}

extension CheckRefusal {
    /// What is wrong and, where Consul has no text of its own, what to do (Consul API, "Agent
    /// registration errors").
    public var message: String {
        switch self {
        case .intervalMissing:
            "Invalid check: Interval must be > 0 for Script, HTTP, H2PING, TCP, UDP or OSService "
                + "checks"
        case .intervalAndTTL: "Invalid check: Interval and TTL cannot both be specified"
        case .ttlMissing: "Invalid check: TTL must be > 0 for TTL checks"
        case .intervalForAlias: "Invalid check: Interval cannot be set for Alias checks"
        case .ttlForAlias: "Invalid check: TTL must be not be set for Alias checks"
        case .outputMaxSizeNegative: "Invalid check: MaxOutputMaxSize must be positive"
        case .warningAfterCritical:
            "Invalid check: FailuresBeforeWarning can't be higher than FailuresBeforeCritical"
        case .scriptsDisabled:
            "Scripts are disabled on this agent from remote calls; to enable, configure "
                + "'enable_script_checks' to true"
        case .unknownCheck(let id):
            "Unknown check ID \"\(id)\". Ensure that the check ID is passed, not the check name."
        case .notTTL(let id): "CheckID \"\(id)\" does not have associated TTL"
        case .invalidStatus(let text): "Invalid check status: '\(text)'"
        }
    }

    /// The HTTP status with which Consul's API answers.
    public var httpStatus: Int {
        switch self {
        case .unknownCheck: 404
        case .notTTL, .scriptsDisabled: 500
        default: 400
        }
    }
}
