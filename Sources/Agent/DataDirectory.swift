// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Glibc

/// `data_dir`: made with mode 0755 when it is missing (Consul: spec cli.md 5.1).
enum DataDirectory {
    /// The directory to keep things in; `nil` with `-dev`, which keeps nothing.
    ///
    /// - Throws: ``FileProblem`` when it cannot be made or is none.
    static func prepare(_ configuration: RuntimeConfiguration) throws(FileProblem) -> String? {
        let path = configuration.dataDirectory
        guard !path.isEmpty else { return nil }
        let files = SystemFiles()
        if files.exists(path) {
            guard files.isDirectory(path) else {
                throw FileProblem("data_dir \"\(path)\" is not a directory")
            }
            return path
        }
        guard unsafe mkdir(path, 0o755) == 0 else {
            throw FileProblem(
                "data_dir \"\(path)\" cannot be made: \(errorText(errno)). Make it, or name another with -data-dir."
            )
        }
        return path
    }
}
