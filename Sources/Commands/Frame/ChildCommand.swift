// SPDX-License-Identifier: Apache-2.0
internal import ChildProcesses
@unsafe @preconcurrency internal import Glibc

/// A command that another command runs; its output is that of this process.
///
/// The unsafe code of `lock` and `watch` stands here and in ``TerminationSignals``: what the
/// system wants are pointers.
final class ChildCommand: Sendable {
    /// The process's ID.
    let id: pid_t
    /// Whether the command leads a process group of its own.
    private let leadsGroup: Bool

    private init(id: pid_t, leadsGroup: Bool) {
        self.id = id
        self.leadsGroup = leadsGroup
    }

    /// What a command reads on its standard input.
    enum Input {
        /// Nothing.
        case none
        /// What this process has on its own.
        case inherited
        /// These octets.
        case octets([UInt8])
    }

    /// The words of a command line: as they are, or joined for the shell that `SHELL` names
    /// (default `/bin/sh`); none for no words.
    static func words(
        _ operands: some Collection<String>,
        byShell: Bool,
        _ environment: [String: String]
    ) -> [String] {
        guard byShell, !operands.isEmpty else { return Array(operands) }
        let shell = environment["SHELL"] ?? ""
        return [shell.isEmpty ? "/bin/sh" : shell, "-c", operands.joined(separator: " ")]
    }

    /// Starts a command, found by `PATH` where it has no slash.
    ///
    /// - Parameters:
    ///   - arguments: the command and its arguments.
    ///   - environment: its variables.
    ///   - input: what it reads.
    /// - Returns: the command, running.
    /// - Throws: ``CommandFailure`` when it cannot be started.
    static func start(
        _ arguments: [String],
        environment: [String: String],
        input: Input
    ) throws(CommandFailure) -> ChildCommand {
        guard ChildProcess.isPassable(arguments, environment) else {
            throw CommandFailure(message: "Error starting handler: invalid argument (an octet 0)")
        }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        var passesInput = false
        var file: CInt = -1
        defer { if file >= 0 { close(file) } }
        switch input {
        case .inherited: passesInput = true
        case .none:
            unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        case .octets(let octets):
            file = MemoryFile.make(of: octets)
            guard file >= 0 else {
                throw CommandFailure(
                    message: "Error starting handler: no memory for its input: \(Self.text(errno))"
                )
            }
            unsafe posix_spawn_file_actions_adddup2(&actions, file, 0)
        }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        // This process blocks the signals that it waits for; the command must hear them.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        // In a group of its own it could not read the terminal.
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        let flags =
            POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
            | (passesInput ? 0 : POSIX_SPAWN_SETPGROUP)
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))

        var words: [UnsafeMutablePointer<CChar>?] = unsafe arguments.map { unsafe strdup($0) }
        unsafe words.append(nil)
        defer { unsafe words.forEach { unsafe free($0) } }
        var variables: [UnsafeMutablePointer<CChar>?] = unsafe environment.map {
            unsafe strdup("\($0)=\($1)")
        }
        unsafe variables.append(nil)
        defer { unsafe variables.forEach { unsafe free($0) } }
        var id: pid_t = 0
        let name = arguments.first ?? ""
        let code = unsafe posix_spawnp(&id, name, &actions, &attributes, words, variables)
        guard code == 0 else {
            throw CommandFailure(message: "Error starting handler: \(Self.reason(code, name))")
        }
        return ChildCommand(id: id, leadsGroup: !passesInput)
    }

    private static func text(_ code: CInt) -> String { unsafe String(cString: strerror(code)) }

    /// Why a command does not start, in Go's words.
    private static func reason(_ code: CInt, _ name: String) -> String {
        if name.contains("/") { return "fork/exec \(name): \(text(code).lowercased())" }
        let reason = code == ENOENT ? "executable file not found in $PATH" : text(code).lowercased()
        return "exec: \"\(name)\": \(reason)"
    }

    /// Waits until the command ends.
    ///
    /// To be called by one task, and not again after it told the end.
    ///
    /// - Returns: how it ended; `nil` when the task was cancelled before.
    func wait() async -> ChildEnding? {
        while !Task.isCancelled {
            var status: CInt = 0
            let result = unsafe waitpid(id, &status, WNOHANG)
            if result == id { return ChildEnding(status: status) }
            if result < 0, errno != EINTR { return .exited(1) }
            // Cancelled: the loop's condition ends it.
            try? await Task.sleep(for: .milliseconds(20))
        }
        return nil
    }

    /// Asks the command to end by a signal, and kills it when it has not after a time.
    ///
    /// - Returns: whether it ended in time.
    @discardableResult
    func end(by number: CInt = SIGTERM, after patience: Duration) async -> Bool {
        signal(number)
        let end = await withTaskGroup(of: ChildEnding?.self) { group in
            group.addTask { await self.wait() }
            group.addTask {
                try? await Task.sleep(for: patience)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        guard end == nil else { return true }
        signal(SIGKILL)
        _ = await wait()
        return false
    }

    private func signal(_ number: CInt) { kill(leadsGroup ? -id : id, number) }
}
