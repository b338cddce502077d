// SPDX-License-Identifier: Apache-2.0

/// A directory as the log needs it: the port to the file system.
///
/// Every operation may fail, and a failed one may have done its work in part. What was written is
/// durable after ``LogFile/synchronize()``; a name that came, changed or went, after
/// ``synchronize()``.
public protocol LogDirectory: Sendable {
    /// Where the directory is, for messages.
    var path: String { get }
    /// The names of its files, in any order.
    func names() throws(StorageError) -> [String]
    /// Opens a file, which is made, empty, when `isNew`.
    func open(_ name: String, isNew: Bool) throws(StorageError) -> any LogFile
    /// Gives a file another name; a file of that name is replaced.
    func rename(_ name: String, to newName: String) throws(StorageError)
    /// Removes a file.
    func remove(_ name: String) throws(StorageError)
    /// Makes all changes of names durable.
    func synchronize() throws(StorageError)
}

/// An open file; it is closed when nobody holds it any more.
///
/// Used by one thread at a time.
public protocol LogFile: AnyObject {
    /// The number of octets.
    func size() throws(StorageError) -> Int
    /// Reads octets from a place on; fewer than `count` only at the end of the file.
    func read(at place: Int, count: Int) throws(StorageError) -> [UInt8]
    /// Writes all octets from a place on.
    func write(_ octets: [UInt8], at place: Int) throws(StorageError)
    /// Takes the room for so many octets, or fails without having taken long.
    func reserve(_ count: Int) throws(StorageError)
    /// Makes what was written durable.
    ///
    /// After a failure nothing is known of what was written before: it must not be tried again.
    func synchronize() throws(StorageError)
}

/// A call to the file system that failed.
public struct StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was tried.
    public enum Operation: String, Hashable, Sendable {
        /// What was tried, by the word that messages use.
        case list, open, read, write, reserve, synchronize, rename, remove
    }

    /// What was tried.
    public var operation: Operation
    /// The path.
    public var path: String
    /// The system's words for the reason.
    public var reason: String
    /// Whether the reason is a lack of space.
    public var isFull: Bool

    /// Makes an error.
    public init(_ operation: Operation, _ path: String, reason: String, isFull: Bool = false) {
        self.operation = operation
        self.path = path
        self.reason = reason
        self.isFull = isFull
    }

    /// The error in one line.
    public var message: String { "\(path): cannot \(operation.rawValue): \(reason)" }

    /// The message.
    public var description: String { message }
}
