// SPDX-License-Identifier: Apache-2.0
import LocalState
import RaftLog
import Locking

/// The last states of TTL checks, kept in `data_dir/checks/state`: a file each, named by the SHA-256
/// of the check's ID (Consul: spec http-api.md 7.1).
///
/// A file is replaced whole, but not forced to the disk: clients write often, and after a loss of
/// power a file that is older or damaged is no worse than a TTL that is over (Consul does the same).
final class TTLStateStore: Sendable {
    /// A state that came or changed; `nil` where nothing is to be kept any more.
    typealias Change = (checkID: String, state: TTLState?)

    private let directory: any LogDirectory
    /// What is in the files.
    private let written = Lock<[String: TTLState]>([:])

    /// Larger files are none of ours.
    private static let maximumSize = 16 << 20
    private static let ending = ".state"

    /// Keeps states in a directory.
    init(_ directory: any LogDirectory) {
        self.directory = directory
    }

    /// What was kept; files that cannot be read are named in `problems` and removed.
    func load() -> (states: [String: TTLState], problems: [String]) {
        var states: [String: TTLState] = [:]
        var problems: [String] = []
        var names: [String] = []
        do throws(StorageError) {
            names = try directory.names().sorted()
        } catch {
            problems.append("states of TTL checks are not taken up: \(error.message)")
        }
        for name in names where name.hasSuffix(Self.ending) {
            do throws(TTLStateError) {
                let state = try read(name)
                states[state.checkID] = state
            } catch {
                problems.append(
                    "\(directory.path)/\(name): \(error.message); the check begins anew"
                )
                // What cannot be removed is told again at the next start.
                try? directory.remove(name)
            }
        }
        for name in names where name.hasSuffix(KeptFile.unfinished) {
            try? directory.remove(name)
        }
        let found = states
        written.withLock { $0 = found }
        return (states, problems)
    }

    /// Which of these checks have another state to be kept than the one that is in their file.
    ///
    /// - Parameters:
    ///   - ids: The checks.
    ///   - state: What the agent knows of them.
    ///   - now: Milliseconds since 1970.
    /// - Returns: The changes for ``keep(_:)``.
    func changes(of ids: Set<String>, in state: LocalState, at now: Int) -> [Change] {
        written.withLock { written in
            ids.compactMap { id in
                let wanted = state.ttlState(of: id, at: now)
                return wanted == written[id] ? nil : (id, wanted)
            }
        }
    }

    /// Carries out changes, all of them even if some fail.
    ///
    /// A file that could not be replaced is removed if it tells another status: a check that begins
    /// anew is better than one that was told to be critical and passes.
    ///
    /// - Throws: The first failure.
    func keep(_ changes: [Change]) throws(StorageError) {
        var failure: StorageError?
        for (id, state) in changes {
            do throws(StorageError) {
                try keep(state, of: id)
            } catch {
                failure = failure ?? error
                if let state, let old = written.withLock({ $0[id] }), old.status != state.status {
                    // The failure is told already.
                    try? keep(nil, of: id)
                }
            }
        }
        if let failure { throw failure }
    }

    private func keep(_ state: TTLState?, of id: String) throws(StorageError) {
        let name = KeptFile.name(of: id, ending: Self.ending)
        if let state {
            try KeptFile.write(state.encoded, name, in: directory, isDurable: false)
        } else if written.withLock({ $0[id] != nil }) {
            try directory.remove(name)
        }
        written.withLock { $0[id] = state }
    }

    private func read(_ name: String) throws(TTLStateError) -> TTLState {
        let octets: [UInt8]
        do throws(StorageError) {
            let file = try directory.open(name, isNew: false)
            let size = try file.size()
            octets = size > Self.maximumSize ? [] : try file.read(at: 0, count: size)
        } catch {
            throw TTLStateError(message: "cannot \(error.operation.rawValue): \(error.reason)")
        }
        let state = try TTLState(decoding: octets)
        guard KeptFile.name(of: state.checkID, ending: Self.ending) == name else {
            throw TTLStateError(message: "damaged: it is the state of another check")
        }
        return state
    }
}
