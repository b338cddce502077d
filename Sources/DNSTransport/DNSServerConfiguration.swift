// SPDX-License-Identifier: Apache-2.0
public import DNSAnswers
public import DNSWire

/// Where and how DNS is served.
public struct DNSServerConfiguration: Sendable {
    /// Where to listen, over UDP and TCP alike; port 0 takes a free one for both.
    public var addresses: [DNSEndpoint]
    /// UDP threads per address; one per core is right.
    public var workers: Int
    /// Recursors, their order and their patience.
    public var forwarding: Forwarder.Configuration
    /// What TCP clients may take.
    public var stream: StreamLimits
    /// How many replies a client network may have over UDP.
    public var rateLimit = RateLimit()
    /// What is told of answered queries.
    public var tap = QueryTapSettings()
    /// The domains of the catalog, to tell its answers from those of static zones.
    public var catalogDomains: [DomainName] = []
    /// The receive buffer asked for each UDP socket, in octets.
    public var receiveBuffer: Int32 = 1 << 20
    /// Sockets made by systemd; if any is for DNS, `addresses` are not bound.
    public var activation: SocketActivation?

    /// Makes a configuration.
    public init(
        addresses: [DNSEndpoint],
        workers: Int = 1,
        forwarding: Forwarder.Configuration = Forwarder.Configuration(),
        stream: StreamLimits = StreamLimits(),
        activation: SocketActivation? = nil
    ) {
        self.addresses = addresses
        self.workers = max(1, workers)
        self.forwarding = forwarding
        self.stream = stream
        self.activation = activation
    }
}

/// What a client may take of a DNS server over TCP (spec/dns.md 3.7).
public struct StreamLimits: Sendable, Hashable {
    /// Answers before the server closes a connection; no limit by default (RFC 7766 §6.2.1;
    /// Consul: 128).
    ///
    /// What a client may take is bounded by its connections, which are answered in turn.
    public var queriesPerConnection = Int.max
    /// From the connection to the first whole query.
    public var firstQueryTimeout: Duration = .seconds(2)
    /// From an answer to the next whole query, or for a client to take an answer.
    public var idleTimeout: Duration = .seconds(8)
    /// Connections at a time.
    public var connections = 1024
    /// Connections at a time from one address.
    public var connectionsPerClient = 128
    /// Octets of answers that may wait for a slow client before no more is read from it.
    public var unsentOctets = 128 * 1024

    /// Consul's limits, and ours where it has none.
    public init() {}
}
