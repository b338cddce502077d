// SPDX-License-Identifier: Apache-2.0
internal import AgentConfiguration

/// A filter expression as the command line gives it (Consul: helpers.LoadDataSource).
enum FilterArgument {
    /// The expression: as it was given, from a file (`@file`), or from standard input (`-`).
    ///
    /// - Throws: ``CommandFailure`` when the file cannot be read.
    static func text(_ given: String, in context: CommandContext) throws(CommandFailure) -> String {
        do throws(FileFailure) {
            return String(decoding: try KVAccess.source(given, in: context), as: UTF8.self)
        } catch {
            throw CommandFailure(
                message: "Could not process filter argument: Failed to read file: "
                    + "open \(given.dropFirst()): \(error.reason)"
            )
        }
    }
}
