// SPDX-License-Identifier: Apache-2.0
import Crypto
import Definitions
import LocalState
import MessagePack
import RaftLog
import Replication
import StateStore

/// What was registered with this agent over HTTP, kept in `data_dir/services` and `data_dir/checks`:
/// a file each, named by the SHA-256 of the ID (Consul: spec http-api.md 7.1).
struct DefinitionStore: Sendable {
    private let services: DiskDirectory
    private let checks: DiskDirectory

    /// Opens the directories, which are made when they are missing.
    init(dataDirectory: String) throws(StorageError) {
        services = try DiskDirectory(dataDirectory + "/services")
        checks = try DiskDirectory(dataDirectory + "/checks")
    }

    /// Keeps what a change made of the services and checks with these IDs; durable on return.
    func keep(
        _ state: LocalState,
        services serviceIDs: Set<String>,
        checks checkIDs: Set<String>
    ) throws(StorageError) {
        for id in serviceIDs {
            // A sidecar comes back with its service.
            let service = state.services[id].flatMap { service in
                service.source == .http && service.sidecarOf == nil ? service.definition : nil
            }
            try Self.write(service?.encoded, id, in: services)
        }
        for id in checkIDs {
            let check = state.checks[id].flatMap { check in
                check.source == .http && !check.isMaintenance ? check.definition : nil
            }
            try Self.write(check?.encoded, id, in: checks)
        }
    }

    /// What was kept, services first; a file that cannot be read is named in `problems`.
    func load() throws(StorageError) -> (
        services: [ServiceDefinition], checks: [CheckDefinition], problems: [String]
    ) {
        var result: ([ServiceDefinition], [CheckDefinition], [String]) = ([], [], [])
        for (path, octets) in try Self.files(in: services) {
            do throws(MessagePackError) {
                result.0.append(try ServiceDefinition(decoding: octets))
            } catch {
                result.2.append("\(path): no service that this version can read: \(error)")
            }
        }
        for (path, octets) in try Self.files(in: checks) {
            do throws(MessagePackError) {
                result.1.append(try CheckDefinition(decoding: octets))
            } catch {
                result.2.append("\(path): no check that this version can read: \(error)")
            }
        }
        return result
    }

    private static let ending = ".definition"

    private static func files(
        in directory: DiskDirectory
    ) throws(StorageError) -> [(path: String, octets: [UInt8])] {
        var files: [(path: String, octets: [UInt8])] = []
        for name in try directory.names().sorted() where name.hasSuffix(ending) {
            let file = try directory.open(name, isNew: false)
            let octets = try file.read(at: 0, count: try file.size())
            files.append(("\(directory.path)/\(name)", octets))
        }
        return files
    }

    /// Writes a file whole or not at all; `nil` removes it.
    private static func write(
        _ octets: [UInt8]?,
        _ id: String,
        in directory: DiskDirectory
    ) throws(StorageError) {
        let hash = SHA256.hash(data: Array(id.utf8)).map { octet in
            (octet < 16 ? "0" : "") + String(octet, radix: 16)
        }
        let name = hash.joined() + ending
        guard let octets else {
            if try directory.names().contains(name) {
                try directory.remove(name)
                try directory.synchronize()
            }
            return
        }
        let part = name + ".part"
        let file = try directory.open(part, isNew: true)
        try file.write(octets, at: 0)
        try file.synchronize()
        try directory.rename(part, to: name)
        try directory.synchronize()
    }
}
