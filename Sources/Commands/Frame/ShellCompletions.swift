// SPDX-License-Identifier: Apache-2.0
internal import ArgumentParser

/// Puts the shell's completions where it looks for them, and takes them away.
struct ShellCompletions {
    let program: String
    let environment: [String: String]
    let console: Console

    /// Writes the script for the user's shell.
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
            _ = file.write(Array(RootCommand.completionScript(for: shell).utf8))
            if let failure = file.failure { throw failure }
        } catch {
            console.writeError("Error installing completions: \(error.message)")
            return 1
        }
        console.write("Completions for \(shell.rawValue): \(path)")
        console.write("They are there in the next shell.")
        return 0
    }

    /// Removes the script.
    ///
    /// - Returns: the exit code.
    func uninstall() -> Int32 {
        guard let (_, path) = place() else { return 1 }
        LocalFile.remove(path)
        console.write("Removed \(path)")
        return 0
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
