// SPDX-License-Identifier: Apache-2.0

/// Decides when files that changed are to be read; pure.
///
/// Who writes several files, or one in several steps, is waited for: they are read once they look
/// the same twice in a row (Consul gathers changes for a second).
struct ChangeTrigger {
    private var read: [String: FileStamp]
    private var seen: [String: FileStamp]

    /// Begins with files that were read as they look.
    init(_ files: [String: FileStamp]) {
        read = files
        seen = files
    }

    /// Takes how the files look now, by their paths.
    ///
    /// - Returns: Whether to read them now.
    mutating func look(_ files: [String: FileStamp]) -> Bool {
        defer { seen = files }
        guard files != read, files == seen else { return false }
        read = files
        return true
    }
}
