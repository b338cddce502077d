// SPDX-License-Identifier: Apache-2.0
public import DNSZones
public import StateStore

/// All that an answer depends on, as published together: catalog, static zones and settings.
public struct DNSSnapshot: Sendable {
    /// The catalog.
    public var store: StateStore
    /// The static zones served beside it.
    public var zones: ZoneSet
    /// What the configuration says about answers.
    public var settings: DNSSettings
    /// Another order of the instances of a service than the store's, by name, for those who compare
    /// with a view that has changed step by step (``ServiceEntry``); the order of answers is
    /// random, whatever it is made from.
    var instanceOrder: (@Sendable (String, [InstanceView]) -> [InstanceView])?

    /// Makes a snapshot.
    public init(store: StateStore, zones: ZoneSet, settings: DNSSettings) {
        self.store = store
        self.zones = zones
        self.settings = settings
    }
}
