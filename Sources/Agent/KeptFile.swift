// SPDX-License-Identifier: Apache-2.0
import Crypto
import RaftLog

/// Files of the data directory that hold one object each and are named by the SHA-256 of its ID
/// (Consul: spec http-api.md 7.1).
enum KeptFile {
    /// What a file is called that is not written whole.
    static let unfinished = ".part"

    /// The name of the file of an object.
    static func name(of id: String, ending: String) -> String {
        let hash = SHA256.hash(data: Array(id.utf8)).map { octet in
            (octet < 16 ? "0" : "") + String(octet, radix: 16)
        }
        return hash.joined() + ending
    }

    /// Writes a file whole or not at all.
    ///
    /// - Parameters:
    ///   - octets: What is to be in it.
    ///   - name: Its name.
    ///   - directory: Where it is.
    ///   - isDurable: Whether it survives a loss of power on return, which takes as long as the disk
    ///     wants.
    /// - Throws: ``StorageError`` when it could not be written; one of that name is as before.
    static func write(
        _ octets: [UInt8],
        _ name: String,
        in directory: any LogDirectory,
        isDurable: Bool
    ) throws(StorageError) {
        try prepare(octets, name, in: directory, isDurable: isDurable)
        do throws(StorageError) {
            try directory.rename(name + unfinished, to: name)
        } catch {
            discard(name, in: directory)
            throw error
        }
        if isDurable { try directory.synchronize() }
    }

    /// Writes what a file is to hold beside it; renaming ``unfinished`` puts that in its place.
    ///
    /// - Throws: ``StorageError`` when it could not be written; nothing is left of it then.
    static func prepare(
        _ octets: [UInt8],
        _ name: String,
        in directory: any LogDirectory,
        isDurable: Bool
    ) throws(StorageError) {
        do throws(StorageError) {
            let file = try directory.open(name + unfinished, isNew: true)
            try file.write(octets, at: 0)
            if isDurable { try file.synchronize() }
        } catch {
            discard(name, in: directory)
            throw error
        }
    }

    /// Removes what was written beside a file.
    static func discard(_ name: String, in directory: any LogDirectory) {
        // There may be none; one that stays is removed at the next start.
        try? directory.remove(name + unfinished)
    }

    /// Removes a file, which may be gone already.
    static func remove(_ name: String, in directory: any LogDirectory) throws(StorageError) {
        do throws(StorageError) {
            try directory.remove(name)
        } catch {
            // Looked through in this case only: there may be thousands.
            if try directory.names().contains(name) { throw error }
        }
    }
}
