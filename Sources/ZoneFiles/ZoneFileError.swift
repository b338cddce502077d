// SPDX-License-Identifier: Apache-2.0

/// A zone file, or a folder of them, that cannot be served, and where and how to mend it.
public struct ZoneFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of fault it is.
    public enum Code: String, Hashable, Sendable {
        /// The file or folder cannot be read.
        case unreadable
        /// The text breaks the rules of RFC 1035 §5.1.
        case syntax
        /// A directive that Waypost refuses or does not know.
        case directive
        /// A name that is not one (RFC 1035 §3.1).
        case name
        /// A time to live that is missing or not one (RFC 2181 §8).
        case timeToLive
        /// A class other than IN.
        case recordClass
        /// A record type that is unknown or has no place in a zone.
        case type
        /// The data does not fit the record's type.
        case data
        /// Each record is right, but together they are no zone.
        case zone
        /// Larger than the parser's limits.
        case tooLarge
    }

    /// Where the fault stands.
    public struct Location: Hashable, Sendable, CustomStringConvertible {
        /// The file as it was named to the parser.
        public var path: String
        /// The line, counted from 1; nil when the fault is the file's, not a line's.
        public var line: Int?

        /// Makes a location.
        public init(path: String, line: Int?) {
            self.path = path
            self.line = line
        }

        /// `path:line`, or the path alone.
        public var description: String { line.map { "\(path):\($0)" } ?? path }
    }

    /// What kind of fault it is.
    public var code: Code
    /// What is wrong and what to write instead, without the location.
    public var message: String
    /// Where it stands.
    public var location: Location

    /// Makes an error.
    public init(code: Code, message: String, location: Location) {
        self.code = code
        self.message = message
        self.location = location
    }

    /// `path:line: message`.
    public var description: String { "\(location): \(message)" }
}

/// A fault found below the level that knows the file's name.
struct ZoneTextFault: Error, Hashable {
    var code: ZoneFileError.Code
    var line: Int?
    var message: String

    init(_ code: ZoneFileError.Code, line: Int?, _ message: String) {
        self.code = code
        self.line = line
        self.message = message
    }

    /// The error that the caller of the parser sees.
    func located(in path: String) -> ZoneFileError {
        ZoneFileError(code: code, message: message, location: .init(path: path, line: line))
    }
}
