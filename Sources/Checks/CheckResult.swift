// SPDX-License-Identifier: Apache-2.0
public import Definitions

/// What one run of a check found, or what a client said of it.
public struct CheckResult: Hashable, Sendable {
    /// The status.
    public var status: CheckStatus
    /// The text for people, already cut to its limit.
    public var output: String

    /// Makes a result.
    public init(_ status: CheckStatus, output: String) {
        self.status = status
        self.output = output
    }
}

extension CheckResult {
    /// What a script's end means (Consul API, "Kinds"): 0 passing, 1 warning, anything else, also
    /// death by a signal (`nil`), critical.
    public static func status(ofExit code: Int32?) -> CheckStatus {
        switch code {
        case 0: .passing
        case 1: .warning
        default: .critical
        }
    }

    /// What a reply to an HTTP check means: 2xx passing, 429 warning, anything else critical.
    public static func status(ofHTTP code: Int) -> CheckStatus {
        switch code {
        case 200...299: .passing
        case 429: .warning
        default: .critical
        }
    }
}
