// SPDX-License-Identifier: Apache-2.0

/// What an archive may be at most, so that no archive fills memory or never ends.
public struct ArchiveLimits: Hashable, Sendable {
    /// The most octets of `state.bin`: what the eleven octal digits of a tar header can say.
    public static let largestState = 1 << 33 - 1

    /// The most octets of `state.bin`.
    public var state = largestState
    /// The most octets of `meta.json`; that of Consul's grows with the servers of the cluster.
    public var metadata = 64 << 10
    /// The most octets of `SHA256SUMS`.
    public var sums = 4 << 10

    /// The default limits.
    public init() {}
}
