// SPDX-License-Identifier: Apache-2.0

/// Where something was written.
public struct SourcePosition: Sendable, Hashable, CustomStringConvertible {
    /// The file as it was named, or what stands in its place (`flag -http-port`).
    public var file: String
    /// The line, from 1; 0 when there are no lines.
    public var line: Int
    /// The column in characters, from 1.
    public var column: Int

    /// Makes a position.
    public init(file: String, line: Int = 0, column: Int = 0) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `file:line:column`, or the file alone.
    public var description: String { line > 0 ? "\(file):\(line):\(column)" : file }
}
