// SPDX-License-Identifier: Apache-2.0
import LocalState
import RaftLog
import Replication

/// What an agent keeps of itself in its data directory.
struct AgentStore: Sendable {
    /// What was registered over HTTP, and maintenance modes.
    let definitions: DefinitionStore
    /// What TTL checks were told last.
    let ttlStates: TTLStateStore

    /// Keeps things in these places.
    init(definitions: DefinitionStore, ttlStates: TTLStateStore) {
        self.definitions = definitions
        self.ttlStates = ttlStates
    }

    /// Opens the directories, which are made when they are missing.
    init(dataDirectory: String) throws(StorageError) {
        let services = try DiskDirectory(dataDirectory + "/services")
        let checks = try DiskDirectory(dataDirectory + "/checks")
        definitions = DefinitionStore(services: services, checks: checks)
        ttlStates = TTLStateStore(try DiskDirectory(dataDirectory + "/checks/state"))
    }

    /// What was kept; a file that cannot be read is named in `problems`.
    func load() throws(StorageError) -> (kept: KeptRegistrations, problems: [String]) {
        var (kept, problems) = try definitions.load()
        let (states, more) = ttlStates.load()
        kept.ttlStates = states
        problems += more
        return (kept, problems)
    }
}
