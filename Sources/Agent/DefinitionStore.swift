// SPDX-License-Identifier: Apache-2.0
import Definitions
import LocalState
import MessagePack
import RaftLog
import StateStore

/// What was registered with this agent over HTTP, kept in `data_dir/services` and `data_dir/checks`:
/// a file each, named by the SHA-256 of the ID (Consul: spec http-api.md 7.1).
///
/// A maintenance mode is kept beside the checks, as a check that has a reason and nothing to run.
struct DefinitionStore: Sendable {
    private let services: any LogDirectory
    private let checks: any LogDirectory

    /// Keeps them in these directories.
    init(services: any LogDirectory, checks: any LogDirectory) {
        self.services = services
        self.checks = checks
    }

    /// Keeps what a change made of the services, checks and maintenance modes with these IDs;
    /// durable on return.
    func keep(
        _ state: LocalState,
        services serviceIDs: Set<String>,
        checks checkIDs: Set<String>,
        maintenance maintenanceIDs: Set<String>
    ) throws(StorageError) {
        let keptServices = serviceIDs.map { id in
            // A sidecar comes back with its service.
            let service = state.services[id].flatMap { service in
                service.source == .http && service.sidecarOf == nil ? service.definition : nil
            }
            return (KeptFile.name(of: id, ending: Self.ending), service?.encoded)
        }
        let keptChecks = checkIDs.map { id in
            let check = state.checks[id].flatMap { check in
                check.source == .http && !check.isMaintenance ? check.definition : nil
            }
            return (KeptFile.name(of: id, ending: Self.ending), check?.encoded)
        }
        let keptModes = maintenanceIDs.map { id in
            let mode = state.checks[id].flatMap { check -> CheckDefinition? in
                guard check.isMaintenance else { return nil }
                var definition = CheckDefinition()
                definition.id = id
                definition.notes = check.row.notes
                definition.serviceID = check.row.serviceID
                return definition
            }
            return (KeptFile.name(of: id, ending: Self.maintenanceEnding), mode?.encoded)
        }
        try Self.write(keptServices, in: services)
        try Self.write(keptChecks + keptModes, in: checks)
    }

    /// What was kept; a file that cannot be read is named in `problems`.
    func load() throws(StorageError) -> (kept: KeptRegistrations, problems: [String]) {
        var kept = KeptRegistrations()
        var problems: [String] = []
        for (path, octets) in try Self.files(Self.ending, in: services) {
            do throws(MessagePackError) {
                kept.services.append(try ServiceDefinition(decoding: octets))
            } catch {
                problems.append("\(path): no service that this version can read: \(error)")
            }
        }
        for (path, octets) in try Self.files(Self.ending, in: checks) {
            do throws(MessagePackError) {
                kept.checks.append(try CheckDefinition(decoding: octets))
            } catch {
                problems.append("\(path): no check that this version can read: \(error)")
            }
        }
        for (path, octets) in try Self.files(Self.maintenanceEnding, in: checks) {
            do throws(MessagePackError) {
                let definition = try CheckDefinition(decoding: octets)
                let mode = KeptRegistrations.Maintenance(
                    serviceID: definition.serviceID,
                    reason: definition.notes
                )
                guard mode.checkID == definition.id else {
                    problems.append("\(path): damaged: \"\(definition.id)\" is no maintenance mode")
                    continue
                }
                kept.maintenance.append(mode)
            } catch {
                problems.append("\(path): no maintenance mode that this version can read: \(error)")
            }
        }
        return (kept, problems)
    }

    private static let ending = ".definition"
    private static let maintenanceEnding = ".maintenance"

    private static func files(
        _ ending: String,
        in directory: any LogDirectory
    ) throws(StorageError) -> [(path: String, octets: [UInt8])] {
        var files: [(path: String, octets: [UInt8])] = []
        for name in try directory.names().sorted() where name.hasSuffix(ending) {
            let file = try directory.open(name, isNew: false)
            let octets = try file.read(at: 0, count: try file.size())
            files.append(("\(directory.path)/\(name)", octets))
        }
        return files
    }

    /// Writes files; `nil` removes one.
    private static func write(
        _ files: [(name: String, octets: [UInt8]?)],
        in directory: any LogDirectory
    ) throws(StorageError) {
        var gone: [String] = []
        for (name, octets) in files {
            if let octets {
                try KeptFile.write(octets, name, in: directory, isDurable: true)
            } else {
                gone.append(name)
            }
        }
        // Looked through once, however many there are.
        guard !gone.isEmpty else { return }
        gone = Array(Set(gone).intersection(try directory.names()))
        guard !gone.isEmpty else { return }
        for name in gone { try directory.remove(name) }
        try directory.synchronize()
    }
}
