// SPDX-License-Identifier: Apache-2.0
internal import CSockets
internal import Glibc

extension LocalFile {
    /// Whether there is something of that name.
    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Gives a file other content, at once: whoever reads it finds the old or the new, and a failure
    /// leaves the old.
    ///
    /// Its permissions stay, and a link goes on to lead to it; one that is not there is made, for all
    /// to read.
    static func replace(_ path: String, with octets: [UInt8]) throws(FileProblem) {
        let target = resolved(path)
        let isThere = exists(target)
        let mode = permissions(of: target) ?? 0o644
        let draft = "\(target).\(getpid())"
        try create(draft, octets, mode: mode)
        do throws(FileProblem) {
            // Making a file takes away what the umask says.
            if isThere, unsafe chmod(draft, mode) != 0 {
                throw FileProblem(message: "chmod \(draft): \(reason(errno))")
            }
            try rename(draft, to: target)
        } catch {
            remove(draft)
            throw error
        }
    }

    private static func permissions(of path: String) -> UInt32? {
        let mode = unsafe csockets_permissions(path)
        return mode < 0 ? nil : UInt32(mode)
    }

    /// The file to which a path leads; the path itself where there is none.
    private static func resolved(_ path: String) -> String {
        guard let found = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(found) }
        return unsafe String(cString: found)
    }

    private static func reason(_ number: Int32) -> String {
        let text = unsafe strerror(number).map { unsafe String(cString: $0) }
        return (text ?? "error \(number)").lowercased()
    }
}
