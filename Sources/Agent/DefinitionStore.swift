// SPDX-License-Identifier: Apache-2.0
import Definitions
import LocalState
import MessagePack
import RaftLog
import StateStore
import Locking

/// What was registered with this agent over HTTP, kept in `data_dir/services` and `data_dir/checks`:
/// a file each, named by the SHA-256 of the ID (Consul: spec http-api.md 7.1).
///
/// The checks of a service have files of their own, and so has its sidecar. A maintenance mode is kept
/// beside the checks, as a check that has a reason and nothing to run.
final class DefinitionStore: Sendable {
    /// A file.
    private struct Place: Hashable, Sendable {
        var isOfService: Bool
        var name: String
    }

    /// What is in a file.
    private enum Content: Sendable {
        case service(KeptService)
        case check(CheckDefinition)

        var octets: [UInt8] {
            switch self {
            case .service(let service): service.encoded
            case .check(let check): check.encoded
            }
        }
    }

    /// A file that is to be written, or removed.
    private struct Change: Sendable {
        var place: Place
        var former: Content?
        var content: Content?

        /// Whether it writes the file of a sidecar.
        var isOfSidecar: Bool {
            guard case .service(let kept)? = content else { return false }
            return !kept.sidecarOf.isEmpty
        }
    }

    private let services: any LogDirectory
    private let checks: any LogDirectory
    /// What is to be in files that are not as they should be, since the disk failed; tried again with
    /// the next change.
    private let overdue = Lock<[Place: Content?]>([:])

    /// Keeps them in these directories.
    init(services: any LogDirectory, checks: any LogDirectory) {
        self.services = services
        self.checks = checks
    }

    /// Carries changes out, all of them or none; durable on return.
    ///
    /// Where the agent ends in between, no service is kept without the checks that it came with.
    ///
    /// - Throws: ``StorageError`` when that was not possible; the files are as before. What only removes
    ///   files needs no space.
    func keep(_ changes: KeptChanges) throws(StorageError) {
        let changes = files(of: changes)
        let late = overdue.withLock { overdue in
            overdue.map { Change(place: $0.key, former: nil, content: $0.value) }
        }
        if !late.isEmpty {
            do throws(StorageError) {
                try carryOut(late)
                isDone(late)
            } catch {
                // Other files may rely on those that are missing.
                if changes.contains(where: { $0.content != nil }) { throw error }
            }
        }
        var touched: Set<Place> = []
        do throws(StorageError) {
            try carryOut(changes, &touched)
        } catch {
            let lost = restore(changes.filter { touched.contains($0.place) })
            overdue.withLock { $0.merge(lost) { _, new in new } }
            throw error
        }
        isDone(changes)
    }

    /// Carries out at the start of the agent what is no business of a client; what fails is tried again
    /// with later changes.
    ///
    /// - Throws: ``StorageError`` when something failed.
    func settle(_ changes: KeptChanges) throws(StorageError) {
        let changes = files(of: changes)
        overdue.withLock { overdue in
            for change in changes { overdue.updateValue(change.content, forKey: change.place) }
        }
        // First the sidecars: the file of their service, if an older version wrote it, is the only one
        // that names them. Then what a full disk takes as well.
        let others = changes.filter { !$0.isOfSidecar }
        for part in [
            changes.filter(\.isOfSidecar), others.filter { $0.content == nil },
            others.filter { $0.content != nil },
        ] {
            try carryOut(part)
            isDone(part)
        }
    }

    /// What was kept; a file that cannot be read is named in `problems`, and one that was never
    /// finished is removed.
    func load() throws(StorageError) -> (kept: KeptRegistrations, problems: [String]) {
        var kept = KeptRegistrations()
        var problems: [String] = []
        for directory in [services, checks] {
            for name in try directory.names() where name.hasSuffix(KeptFile.unfinished) {
                // It is none of those that are read.
                try? directory.remove(name)
            }
        }
        for (path, octets) in try Self.files(Self.ending, in: services) {
            do throws(MessagePackError) {
                kept.services.append(try KeptService(decoding: octets))
            } catch {
                kept.lacksServices = true
                problems.append("\(path): no service that this version can read: \(error)")
            }
        }
        for (path, octets) in try Self.files(Self.ending, in: checks) {
            do throws(MessagePackError) {
                kept.checks.append(try CheckDefinition(decoding: octets))
            } catch {
                kept.lacksChecks = true
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

    private func files(of changes: KeptChanges) -> [Change] {
        var files = changes.services.map { change in
            Change(
                place: Place(
                    isOfService: true,
                    name: KeptFile.name(of: change.id, ending: Self.ending)
                ),
                former: change.former.map { .service($0) },
                content: change.value.map { .service($0) }
            )
        }
        for change in changes.checks {
            // A maintenance mode may give way to a check of its ID.
            for ending in [Self.ending, Self.maintenanceEnding] {
                let former = change.former.flatMap { Self.content($0, in: ending) }
                let content = change.value.flatMap { Self.content($0, in: ending) }
                guard former != nil || content != nil else { continue }
                let name = KeptFile.name(of: change.id, ending: ending)
                files.append(
                    Change(
                        place: Place(isOfService: false, name: name),
                        former: former,
                        content: content
                    )
                )
            }
        }
        return files
    }

    /// What stands of a check in its file of that ending.
    private static func content(_ check: KeptCheck, in file: String) -> Content? {
        switch check {
        case .definition(let definition):
            return file == ending ? .check(definition) : nil
        case .maintenance(let mode):
            guard file == maintenanceEnding else { return nil }
            var definition = CheckDefinition()
            definition.id = mode.checkID
            definition.notes = mode.reason
            definition.serviceID = mode.serviceID
            return .check(definition)
        }
    }

    private func directory(of place: Place) -> any LogDirectory {
        place.isOfService ? services : checks
    }

    private func isDone(_ changes: [Change]) {
        overdue.withLock { overdue in
            for change in changes { overdue.removeValue(forKey: change.place) }
        }
    }

    private func carryOut(_ changes: [Change]) throws(StorageError) {
        var touched: Set<Place> = []
        try carryOut(changes, &touched)
    }

    /// Writes all that is to be written beside the files, which a full disk refuses before anything has
    /// changed, then puts it in place: checks come before their services and go after them.
    ///
    /// - Parameters:
    ///   - changes: What is to be done.
    ///   - touched: The files that may have changed.
    /// - Throws: ``StorageError`` when something failed; nothing stands beside the files then.
    private func carryOut(
        _ changes: [Change],
        _ touched: inout Set<Place>
    ) throws(StorageError) {
        let written = changes.filter { $0.content != nil }
        let gone = changes.filter { $0.content == nil }
        do throws(StorageError) {
            for change in written {
                guard let octets = change.content?.octets else { continue }
                try KeptFile.prepare(
                    octets,
                    change.place.name,
                    in: directory(of: change.place),
                    isDurable: true
                )
            }
            try finish(written.filter { !$0.place.isOfService }, in: checks, &touched)
            let ofServices = changes.filter { $0.place.isOfService }
            try finish(
                ofServices.filter(\.isOfSidecar) + ofServices.filter { !$0.isOfSidecar },
                in: services,
                &touched
            )
            try finish(gone.filter { !$0.place.isOfService }, in: checks, &touched)
        } catch {
            for change in written {
                KeptFile.discard(change.place.name, in: directory(of: change.place))
            }
            throw error
        }
    }

    private func finish(
        _ changes: [Change],
        in directory: any LogDirectory,
        _ touched: inout Set<Place>
    ) throws(StorageError) {
        guard !changes.isEmpty else { return }
        for change in changes {
            let name = change.place.name
            touched.insert(change.place)
            if change.content == nil {
                try KeptFile.remove(name, in: directory)
            } else {
                try directory.rename(name + KeptFile.unfinished, to: name)
            }
        }
        try directory.synchronize()
    }

    /// Makes files what they were.
    ///
    /// - Returns: Those that could not be, with what is to be in them.
    private func restore(_ changes: [Change]) -> [Place: Content?] {
        var lost: [Place: Content?] = [:]
        for change in changes {
            let (name, directory) = (change.place.name, directory(of: change.place))
            do throws(StorageError) {
                if let octets = change.former?.octets {
                    try KeptFile.write(octets, name, in: directory, isDurable: true)
                } else {
                    try KeptFile.remove(name, in: directory)
                }
            } catch {
                lost.updateValue(change.former, forKey: change.place)
            }
        }
        return lost
    }
}
