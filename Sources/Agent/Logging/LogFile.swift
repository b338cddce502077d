// SPDX-License-Identifier: Apache-2.0
import CSockets
import Glibc
import Logging
import Locking

/// Lines in a file that gives way to a new one by size and age (`log_file`).
///
/// A disk that is full, or a directory that is gone, loses lines and nothing else: the old file stays
/// in use while no new one can be opened, and that is tried again every ten seconds.
final class LogFile: LogOutput {
    /// How long after a failure the next attempt is made, in nanoseconds.
    static let patience: UInt64 = 10_000_000_000

    private struct State {
        var rotation: LogRotation
        var descriptor: Int32
        /// Not before this time is a new file tried again.
        var retry: UInt64 = 0
        var lostLines: UInt64 = 0
    }

    let name: String
    let form: LogForm? = nil
    private let state: Lock<State>
    private let clock: @Sendable () -> UInt64
    private let open: @Sendable (String) -> Int32

    /// Opens the first file; old ones that are too many go.
    ///
    /// - Parameters:
    ///   - rotation: names and limits.
    ///   - key: the key of the configuration, for texts.
    ///   - name: what it is called in metrics.
    ///   - clock: the time in nanoseconds since 1970.
    ///   - open: opens a file for appending; a descriptor or a negative error number.
    /// - Throws: ``FileProblem`` when the file cannot be opened.
    init(
        _ rotation: LogRotation,
        key: String = "log_file",
        name: String = "file",
        clock: @escaping @Sendable () -> UInt64 = { csockets_realtime_nanoseconds() },
        open: @escaping @Sendable (String) -> Int32 = { unsafe csockets_open_log($0) }
    ) throws(FileProblem) {
        self.name = name
        self.clock = clock
        self.open = open
        var rotation = rotation
        let now = clock()
        let path = rotation.directory + rotation.name(at: now)
        let descriptor = open(path)
        guard descriptor >= 0 else {
            throw FileProblem(
                "\(key): cannot open \(path): \(errorText(-descriptor)). Make its directory, and "
                    + "let this user write there."
            )
        }
        rotation.begin(at: now)
        state = Lock(State(rotation: rotation, descriptor: descriptor))
        Self.prune(rotation, besides: rotation.name(at: now))
    }

    deinit { state.withLock { _ = Glibc.close($0.descriptor) } }

    var lostLines: UInt64 { state.withLock { $0.lostLines } }

    func write(_ line: String, level: Logger.Level) { write(line) }

    /// Writes one line or several, their ends included.
    func write(_ lines: String) {
        let now = clock()
        var lines = lines
        state.withLock { state in
            if state.rotation.isDue(at: now), now >= state.retry { renew(&state, at: now) }
            let (result, count) = lines.withUTF8 { octets in
                guard let base = octets.baseAddress else { return (Int32(0), 0) }
                return unsafe (
                    csockets_write_all(state.descriptor, base, octets.count), octets.count
                )
            }
            if result == 0 {
                state.rotation.note(count)
            } else {
                state.lostLines += 1
            }
        }
    }

    private func renew(_ state: inout State, at now: UInt64) {
        let name = state.rotation.name(at: now)
        let new = open(state.rotation.directory + name)
        guard new >= 0 else {
            state.retry = now + Self.patience
            return
        }
        _ = Glibc.close(state.descriptor)
        state.descriptor = new
        state.rotation.begin(at: now)
        Self.prune(state.rotation, besides: name)
    }

    /// Removes old files; one that cannot be removed stays, and is looked at again next time.
    private static func prune(_ rotation: LogRotation, besides current: String) {
        guard rotation.keptFiles != 0 else { return }
        let directory = rotation.directory.isEmpty ? "." : rotation.directory
        let names = SystemFiles.names(in: directory) ?? []
        for name in rotation.outdated(names, besides: current) {
            _ = unsafe unlink(rotation.directory + name)
        }
    }
}
