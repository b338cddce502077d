// SPDX-License-Identifier: Apache-2.0

/// Who asks, and how.
///
/// Later also: the client's certificate.
public struct ClientContext: Hashable, Sendable {
    /// How a query came and its reply will go.
    public enum Transport: Hashable, Sendable {
        /// One datagram each way.
        case udp
        /// A stream with two octets of length before each message (RFC 7766 §8).
        case tcp
    }

    /// How the query came.
    public var transport: Transport
    /// The peer's address: 4 or 16 octets.
    public var address: [UInt8]

    /// Makes a context.
    public init(transport: Transport, address: [UInt8]) {
        self.transport = transport
        self.address = address
    }
}

/// What becomes of a query.
public enum ReferenceReply: Hashable, Sendable {
    /// Send these octets.
    case reply([UInt8])
    /// Send nothing.
    case silence
    /// Give the query to the forwarder, as it came (spec/dns.md 4).
    case forward
    /// Ask the recursors, then call again with the chains of the names. A question without an
    /// answer gets an empty list: one that is missing is asked again.
    case chase([ChaseQuestion])
}
