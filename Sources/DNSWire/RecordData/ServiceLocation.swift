// SPDX-License-Identifier: Apache-2.0

/// The data of an SRV record (RFC 2782).
public struct ServiceLocation: Hashable, Sendable {
    /// Lower priorities are tried first.
    public var priority: UInt16
    /// The share among equal priorities.
    public var weight: UInt16
    /// The port of the service.
    public var port: UInt16
    /// The host of the service.
    public var target: DomainName

    /// Makes the data of an SRV record.
    public init(priority: UInt16, weight: UInt16, port: UInt16, target: DomainName) {
        self.priority = priority
        self.weight = weight
        self.port = port
        self.target = target
    }
}
