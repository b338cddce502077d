// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// Puts the shell's completions where it looks for them, and takes them away.
struct ShellCompletions {
    let program: String
    let environment: [String: String]
    let console: Console

    /// The script for a shell, for the name by which the program was called: a link named `consul`
    /// completes too.
    static func script(for shell: CompletionShell, program: String) -> String {
        let own = RootCommand._commandName
        var script = RootCommand.completionScript(for: shell)
        let isPlain = program.utf8.allSatisfy {
            $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20)
        }
        if program != own, isPlain, !program.isEmpty { script.replace(own, with: program) }
        // Where there is nothing else to offer, bash offers files: for values of flags and operands.
        if shell == .bash {
            script.replace("complete -o filenames -F", with: "complete -o default -o filenames -F")
        }
        return script
    }

    /// Writes the script for the user's shell; for bash, has it read at its start.
    ///
    /// - Returns: the exit code.
    func install() -> Int32 {
        guard let (shell, path) = place() else { return 1 }
        do throws(LocalFile.FileProblem) {
            // Each directory on the way; those that are there stay.
            var directory = ""
            for part in path.split(separator: "/").dropLast() {
                directory += "/\(part)"
                try LocalFile.makeDirectory(directory)
            }
            let file = try LocalFile(writing: path)
            _ = file.write(Array(Self.script(for: shell, program: program).utf8))
            if let failure = file.failure { throw failure }
            console.write("Completions for \(shell.rawValue): \(path)")
            if shell == .bash {
                try changeStartFile { startFile, lines in
                    lines.append(line(reading: path))
                    console.write("A line in \(startFile) reads them.")
                }
            }
        } catch {
            console.writeError("Error installing completions: \(error.message)")
            return 1
        }
        console.write("They are there in the next shell.")
        return 0
    }

    /// Removes the script, and the line that reads it.
    ///
    /// - Returns: the exit code.
    func uninstall() -> Int32 {
        guard let (shell, path) = place() else { return 1 }
        LocalFile.remove(path)
        console.write("Removed \(path)")
        guard shell == .bash else { return 0 }
        do throws(LocalFile.FileProblem) { try changeStartFile { _, _ in } } catch {
            console.writeError("Error removing completions: \(error.message)")
            return 1
        }
        return 0
    }

    /// What stands at the end of the line in bash's start file; by it the line is known again.
    private var mark: String { "# \(program) -autocomplete-install" }

    /// The line that has bash read a script, if it is there.
    private func line(reading path: String) -> String {
        let quoted = "'" + path.replacing("'", with: "'\\''") + "'"
        return "[ ! -r \(quoted) ] || . \(quoted) \(mark)"
    }

    /// Takes our line out of `~/.bashrc`, lets `change` add lines, and writes the file if it differs.
    private func changeStartFile(
        _ change: (String, inout [String]) -> Void
    ) throws(LocalFile.FileProblem) {
        let path = "\(environment["HOME"] ?? "")/.bashrc"
        var octets: [UInt8] = []
        if LocalFile.exists(path) {
            let file = try LocalFile(reading: path)
            while let part = file.read() { octets += part }
            if let failure = file.failure { throw failure }
        }
        // By octets: a start file need not be UTF-8.
        var lines = octets.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map(Array.init)
        if lines.last == [] { lines.removeLast() }
        let end = Array(mark.utf8)
        lines.removeAll { $0.count >= end.count && Array($0.suffix(end.count)) == end }
        var more: [String] = []
        change(path, &more)
        lines += more.map { Array($0.utf8) }
        let new = lines.flatMap { $0 + [UInt8(ascii: "\n")] }
        // One that lacks nothing but its last line break is left alone.
        guard new != octets, more.isEmpty == false || new != octets + [UInt8(ascii: "\n")] else {
            return
        }
        try LocalFile.replace(path, with: new)
    }

    /// The user's shell and the file in which it looks.
    private func place() -> (CompletionShell, String)? {
        let shell = (environment["SHELL"] ?? "").split(separator: "/").last.map(String.init) ?? ""
        guard let home = environment["HOME"], home.hasPrefix("/") else {
            console.writeError("HOME is not set: nobody knows where completions go.")
            return nil
        }
        switch shell {
        case "bash":
            let data = environment["XDG_DATA_HOME"] ?? "\(home)/.local/share"
            return (.bash, "\(data)/bash-completion/completions/\(program)")
        case "fish":
            let configuration = environment["XDG_CONFIG_HOME"] ?? "\(home)/.config"
            return (.fish, "\(configuration)/fish/completions/\(program).fish")
        default:
            console.writeError(
                "Completions are installed for bash and fish; the shell is \"\(shell)\"."
            )
            console.writeError(
                "For zsh: \(program) --generate-completion-script zsh > DIRECTORY/_\(program), with a "
                    + "directory of $fpath."
            )
            return nil
        }
    }
}
