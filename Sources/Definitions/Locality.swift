// SPDX-License-Identifier: Apache-2.0

/// Where a node or a service instance is (Consul API, `Locality`): kept and told, not looked at.
public struct Locality: Hashable, Sendable {
    /// The region (`us-west-1`); empty when none was given.
    public var region: String
    /// The zone in it (`us-west-1a`); empty when none was given.
    public var zone: String

    /// Makes a place.
    public init(region: String, zone: String) {
        self.region = region
        self.zone = zone
    }
}
