// SPDX-License-Identifier: Apache-2.0

/// Why a definition is refused, in the words that Consul's API and agent use (HTTP API, "Agent
/// registration errors").
///
/// One source for request bodies and configuration files.
public struct DefinitionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The whole text, as the API returns it with status 400.
    public var message: String

    /// Makes an error.
    public init(_ message: String) { self.message = message }

    /// The message.
    public var description: String { message }
}
