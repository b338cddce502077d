// SPDX-License-Identifier: Apache-2.0
import Definitions
@unsafe @preconcurrency import Glibc
import Locking

/// Why a command could not be started.
public struct SpawnError: Error, Hashable {
    /// The command.
    public var command: String
    /// The error number.
    public var code: CInt

    private var shown: Substring { command.prefix { $0 != "\0" } }

    /// The text that Go has for it.
    public var text: String {
        switch code {
        case ENOENT where !command.contains("/"):
            "exec: \"\(command)\": executable file not found in $PATH"
        case ENOENT: "fork/exec \(command): no such file or directory"
        case EACCES: "fork/exec \(command): permission denied"
        case EINVAL: "fork/exec \(shown): invalid argument (an octet 0)"
        default: "fork/exec \(command): \(SystemErrorText.text(of: code))"
        }
    }
}

/// A command in a process group of its own, its output and error output in one pipe.
///
/// The only unsafe code of this module stands here: what `posix_spawn` wants are pointers. A
/// process group is killed only while its leader is not reaped, so the number cannot be another's.
public final class ChildProcess: Sendable {
    /// How a command ended.
    public struct Ending: Hashable, Sendable {
        /// The exit code; `nil` for death by a signal.
        public var code: Int32?
    }

    /// The reading end of the pipe; whoever reads it closes it.
    public let output: CInt
    private let id: pid_t
    /// The ending, once the process is reaped.
    private let ending = Lock<Ending?>(nil)

    private init(id: pid_t, output: CInt) {
        self.id = id
        self.output = output
    }

    /// Starts a command, found by `PATH` where it has no slash.
    ///
    /// - Parameters:
    ///   - arguments: the command and its arguments.
    ///   - input: what it may read on its standard input; `nil` for nothing.
    ///   - environment: variables besides those of this process.
    /// - Returns: the command, running.
    /// - Throws: ``SpawnError`` when it cannot be started.
    public static func spawn(
        _ arguments: [String],
        input: [UInt8]? = nil,
        environment: [String: String] = [:]
    ) throws(SpawnError) -> ChildProcess {
        let command = arguments.first ?? ""
        guard isPassable(arguments, environment) else {
            throw SpawnError(command: command, code: EINVAL)
        }
        var ends: [CInt] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else {
            throw SpawnError(command: command, code: errno)
        }
        let (reading, writing) = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(writing) }
        var file: CInt = -1
        defer { if file >= 0 { close(file) } }
        if let input {
            file = MemoryFile.make(of: input)
            guard file >= 0 else {
                close(reading)
                throw SpawnError(command: command, code: errno)
            }
        }
        var id: pid_t = 0
        let code = start(arguments, file, environment, output: writing, id: &id)
        guard code == 0 else {
            close(reading)
            throw SpawnError(command: command, code: code)
        }
        return ChildProcess(id: id, output: reading)
    }

    /// Whether words and variables have no octet 0, at which the system would cut them off.
    public static func isPassable(_ arguments: [String], _ environment: [String: String]) -> Bool {
        !arguments.contains { $0.utf8.contains(0) }
            && !environment.contains { $0.key.utf8.contains(0) || $0.value.utf8.contains(0) }
    }

    private static func start(
        _ arguments: [String],
        _ input: CInt,
        _ environment: [String: String],
        output: CInt,
        id: inout pid_t
    ) -> CInt {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if input >= 0 {
            unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 2)
        unsafe closeOthers(in: &actions)

        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // Group 0: a new one, of which the command is the leader. Signals as after a login.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))

        var words: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) }
        unsafe words.append(nil)
        defer { unsafe words.forEach { unsafe free($0) } }
        // The variables of this process, except for those that are given.
        let own: [UnsafeMutablePointer<CChar>] = unsafe environment.compactMap {
            unsafe strdup("\($0)=\($1)")
        }
        defer { unsafe own.forEach { unsafe free($0) } }
        var variables: [UnsafeMutablePointer<CChar>?] = unsafe own
        var next = unsafe environ
        while let variable = unsafe next.pointee {
            let name = unsafe String(cString: variable).prefix { $0 != "=" }
            if environment[String(name)] == nil { unsafe variables.append(variable) }
            unsafe next += 1
        }
        unsafe variables.append(nil)
        return unsafe posix_spawnp(
            &id,
            arguments.first ?? "",
            &actions,
            &attributes,
            words,
            variables
        )
    }

    // Sockets and files of the agent are nothing for a script, and not all of them are closed on
    // exec. The function is newer (glibc 2.34) than what the module map of Glibc shows.
    private static func closeOthers(in actions: inout posix_spawn_file_actions_t) {
        typealias CloseFrom = @convention(c) (UnsafeMutableRawPointer, CInt) -> CInt
        let name = "posix_spawn_file_actions_addclosefrom_np"
        guard let symbol = unsafe dlsym(nil, name) else { return }
        let closeFrom = unsafe unsafeBitCast(symbol, to: CloseFrom.self)
        _ = unsafe closeFrom(&actions, 3)
    }

    /// Kills the command and whatever it started that stayed in its group.
    public func killGroup() {
        ending.withLock { ending in
            if ending == nil { _ = kill(-id, SIGKILL) }
        }
    }

    /// How the command ended; `nil` while it runs.
    public func reap() -> Ending? {
        ending.withLock { ending in
            if let ending { return ending }
            var status: CInt = 0
            let result = unsafe waitpid(id, &status, WNOHANG)
            if result == 0 { return nil }
            // An error means that somebody else has reaped it: the code is not to be had.
            let exited = result == id && status & 0x7f == 0
            ending = Ending(code: exited ? status >> 8 & 0xff : nil)
            return ending
        }
    }
}
