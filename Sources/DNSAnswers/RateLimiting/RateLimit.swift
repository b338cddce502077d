// SPDX-License-Identifier: Apache-2.0

/// How many replies over UDP the clients of one network may have (`dns_config.response_rate_*`):
/// what a flood with forged sources can send to its victim.
public struct RateLimit: Sendable, Hashable {
    /// The highest rate: above it a reply costs less than the time is divided into.
    public static let maximumRate = 1_000_000

    /// Replies a second to one network, and at once after a quiet second; 0 is no limit.
    public var repliesPerSecond = 0
    /// One in so many replies over the limit leaves as a truncated one, so that who really asks
    /// comes back over TCP; 0 is none, 1 is all.
    public var slip = 2
    /// Networks without a limit; loopback never has one.
    public var exempt: [ClientNetwork] = []
    /// Whether loopback clients are left alone; tests over loopback switch it off.
    var exemptsLoopback = true

    /// No limit.
    public init() {}

    /// A limit.
    public init(repliesPerSecond: Int, slip: Int = 2, exempt: [ClientNetwork] = []) {
        self.repliesPerSecond = repliesPerSecond
        self.slip = slip
        self.exempt = exempt
    }

    /// Whether anything is limited.
    public var isOn: Bool { repliesPerSecond > 0 }
}
