// SPDX-License-Identifier: Apache-2.0
public import Definitions
public import StateStore

/// Services and checks by ID with a value of each; `nil` where there is none.
///
/// As what a change found (``LocalState/takeChanges()``) it undoes the change, and as what undoing
/// found it makes the change again (``LocalState/exchange(_:)``).
public struct LocalChanges: Sendable {
    /// The services.
    public internal(set) var services: [String: LocalService?] = [:]
    /// The checks, those of maintenance modes among them.
    public internal(set) var checks: [String: LocalCheck?] = [:]

    /// Makes none.
    public init() {}
}

/// What is kept of a check over a restart.
public enum KeptCheck: Hashable, Sendable {
    /// A check that was registered over HTTP.
    case definition(CheckDefinition)
    /// A maintenance mode that is on.
    case maintenance(KeptRegistrations.Maintenance)
}

/// What is to become of the things that are kept over a restart.
public struct KeptChanges: Hashable, Sendable {
    /// A thing that comes, changes or goes.
    public struct Change<Value: Hashable & Sendable>: Hashable, Sendable {
        /// Its ID.
        public var id: String
        /// What is kept of it; `nil` for nothing.
        public var former: Value?
        /// What is to be kept of it; `nil` for nothing.
        public var value: Value?

        /// Makes a change.
        public init(_ id: String, from former: Value?, to value: Value?) {
            self.id = id
            self.former = former
            self.value = value
        }
    }

    /// The services, by ID.
    public var services: [Change<KeptService>] = []
    /// The checks and maintenance modes, by ID.
    public var checks: [Change<KeptCheck>] = []

    /// Makes none.
    public init() {}

    /// Whether all stays as it is.
    public var isEmpty: Bool { services.isEmpty && checks.isEmpty }
}

extension LocalService {
    /// What is kept of it over a restart; nothing of a service that stands in files.
    public var kept: KeptService? {
        source == .http ? KeptService(definition, sidecarOf: sidecarOf ?? "").alone : nil
    }
}

extension LocalCheck {
    /// What is kept of it over a restart: its definition if it came over HTTP, whomever it belongs
    /// to, and a maintenance mode in any case.
    public var kept: KeptCheck? {
        if isMaintenance { return .maintenance(.init(serviceID: row.serviceID, reason: row.notes)) }
        return source == .http ? .definition(definition) : nil
    }
}

extension LocalState {
    /// What is to be kept otherwise than before the changes that found `former`.
    public func keptChanges(since former: LocalChanges) -> KeptChanges {
        var result = KeptChanges()
        for (id, service) in former.services {
            let (old, new) = (service?.kept, services[id]?.kept)
            if old != new { result.services.append(.init(id, from: old, to: new)) }
        }
        for (id, check) in former.checks {
            let (old, new) = (check?.kept, checks[id]?.kept)
            if old != new { result.checks.append(.init(id, from: old, to: new)) }
        }
        result.services.sort { $0.id < $1.id }
        result.checks.sort { $0.id < $1.id }
        return result
    }
}
