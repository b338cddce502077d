// SPDX-License-Identifier: Apache-2.0
public import Definitions

// What of each row becomes a key of a tree, and how long it may be. A command with a longer one is refused when it is
// submitted (``Command/validateLengths()``), and a snapshot that a client sends when it is read. A tag may have any length:
// the trees bound their depth themselves (``TreeNode/deepest``).

extension NodeRow {
    /// Refuses names that are too long.
    func validateLengths() throws(DefinitionError) {
        try NameLimit.validate(name, "Node name")
        try NameLimit.validate(id, "Node ID")
        try NameLimit.validate(address, "Node address")
    }
}

extension ServiceRow {
    /// Refuses names that are too long.
    func validateLengths() throws(DefinitionError) {
        try NameLimit.validate(name, "Service name")
        try NameLimit.validate(id, "Service ID")
        try NameLimit.validate(address, "Service address")
        // A native instance is its own destination.
        if let proxy {
            try NameLimit.validate(
                proxy.destinationServiceName,
                "Proxy.DestinationServiceName"
            )
        }
    }
}

extension CheckRow {
    /// Refuses names that are too long.
    func validateLengths() throws(DefinitionError) {
        try NameLimit.validate(id, "Check ID")
        try NameLimit.validate(name, "Check name")
    }
}

extension PreparedQueryRow {
    /// Refuses names that are too long.
    public func validateLengths() throws(DefinitionError) {
        try NameLimit.validate(id, "Query ID")
        try NameLimit.validate(name, "Query name")
        try NameLimit.validate(session, "Session ID")
        try NameLimit.validate(service.service, "Service name")
    }
}

extension ConfigEntryRow {
    /// Refuses names that are too long.
    func validateLengths() throws(DefinitionError) {
        try NameLimit.validate(kind.rawValue, "Config entry kind")
        try NameLimit.validate(name, "Config entry name")
        for service in services { try NameLimit.validate(service, "Service name") }
    }
}

extension CoordinateRow {
    /// Refuses names that are too long.
    func validateLengths() throws(DefinitionError) {
        try NameLimit.validate(node, "Node name")
        try NameLimit.validate(segment, "Segment")
    }
}

extension KVRow {
    /// Refuses names that are too long.
    func validateLengths() throws(DefinitionError) {
        try NameLimit.validate(key, "Key")
        try NameLimit.validate(session, "Session ID")
    }
}

extension SessionRow {
    /// Refuses names that are too long.
    func validateLengths() throws(DefinitionError) {
        try NameLimit.validate(id, "Session ID")
        try NameLimit.validate(node, "Node name")
        for check in checkIDs { try NameLimit.validate(check, "Check ID") }
    }
}
