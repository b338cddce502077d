// SPDX-License-Identifier: Apache-2.0

/// Why a log or a snapshot cannot be used, and where.
public struct LogProblem: Error, Hashable, Sendable {
    /// What is wrong.
    public enum Kind: Hashable, Sendable {
        /// Octets are not what was written there, and later ones are: acknowledged data is gone.
        case damaged
        /// Something is missing between what is there.
        case gap
        /// A newer version wrote it.
        case newerFormat
        /// The file system failed.
        case storage(StorageError)
    }

    /// What is wrong.
    public var kind: Kind
    /// The file.
    public var path: String
    /// The place in it, in octets from its begin; `nil` where no place can be named.
    public var offset: Int?
    /// What was found, for people.
    public var detail: String

    /// Makes a problem.
    public init(_ kind: Kind, _ path: String, at offset: Int? = nil, _ detail: String) {
        self.kind = kind
        self.path = path
        self.offset = offset
        self.detail = detail
    }

    /// Makes a problem of a failed call.
    public init(_ error: StorageError) {
        self.init(.storage(error), error.path, error.message)
    }

    /// What is wrong, where, and how to mend it.
    public var message: String {
        let place = offset.map { "\(path), octet \($0)" } ?? path
        switch kind {
        case .storage: return detail
        case .damaged, .gap:
            return "\(place): \(detail). Acknowledged writes are lost, so this server does not "
                + "start. Check the disk; restore data_dir from a backup, or start anew with an empty one "
                + "and `snapshot restore`."
        case .newerFormat:
            return "\(place): \(detail). Start the version that wrote it, or a newer one."
        }
    }
}

/// Runs file-system calls whose failure ends what is being read.
///
/// - Throws: ``LogProblem`` of kind ``LogProblem/Kind/storage(_:)``.
public func storage<Result>(
    _ body: () throws(StorageError) -> Result
) throws(LogProblem) -> Result {
    do throws(StorageError) {
        return try body()
    } catch {
        throw LogProblem(error)
    }
}
