// SPDX-License-Identifier: Apache-2.0

/// How the HTTP API is served.
public struct HTTPServerConfiguration: Sendable {
    /// Where to listen.
    public var addresses: [HTTPListenAddress]
    /// Where to listen for HTTPS; needs ``certificates``.
    public var secureAddresses: [HTTPListenAddress] = []
    /// What HTTPS is served with.
    public var certificates: ServerCertificates?
    /// `unix_sockets`: owner and mode of sockets of the file system.
    public var unixSockets = UnixSocketAccess()
    /// How long clients may take.
    public var timeouts = HTTPTimeouts()
    /// Under which names the API may be asked for (`http_config.allowed_hosts`).
    public var hosts = HostRule()
    /// From whose pages browsers may write (`http_config.allowed_origins`).
    public var origins = OriginRule()
    /// `limits.request_limits`.
    public var requestLimits = RequestLimits()
    /// `limits.http_max_conns_per_client`; 0 means no limit.
    public var maximumConnectionsPerClient = 200
    /// `http_config.max_header_bytes`; 0 means 1 MiB.
    public var maximumHeaderBytes = 0
    /// `http_config.use_cache`: whether `?cached` is heard.
    public var usesCache = true
    /// `http_config.response_headers`: added to every reply that does not have them by itself.
    public var responseHeaders: [String: String] = [:]
    /// `http_config.block_endpoints`: path prefixes that answer 403.
    public var blockedEndpoints: [String] = []
    /// `http_config.allow_write_http_from`: who may send anything but GET; empty means all.
    public var writersFrom: [AddressRange] = []
    /// Whether paths with unprintable characters are refused
    /// (`disable_http_unprintable_char_filter` off).
    public var refusesUnprintable = true
    /// `limits.kv_max_value_size`: the longest value of a key, in octets.
    public var maximumValueSize = 524_288
    /// `limits.txn_max_req_len`: the longest body of a transaction, in octets.
    public var maximumTransactionSize = 524_288
    /// The most octets of an archive that `PUT /v1/snapshot` takes; more than an archive with
    /// the largest state has (``SnapshotArchive``) need not be kept in memory for it.
    public var maximumSnapshotSize = 8 << 30
    /// How often a stream of `/v1/watch` shows that it is there while nothing changes.
    public var streamHeartbeat = Duration.seconds(30)
    /// `session_ttl_min`.
    public var minimumSessionTTL = Duration.seconds(10)
    /// `acl.default_policy`, shown in a header of every reply.
    public var defaultPolicy = "allow"
    /// `translate_wan_addrs`, shown in a header of every reply.
    public var translatesAddresses = false
    /// `disable_coordinates`: `/v1/coordinate/` answers 401.
    public var disablesCoordinates = false
    /// `discovery_max_stale` is set: reads under `/v1/catalog` and `/v1/health` that ask for no
    /// mode are stale ones (HTTP API 3.2).
    public var discoversStale = false
    /// `enable_central_service_config`: the agent shows its proxies and gateways with what config
    /// entries say of them.
    public var mergesCentralConfig = true

    /// Makes a configuration with Consul's defaults.
    public init(addresses: [HTTPListenAddress]) { self.addresses = addresses }
}

/// A place to listen.
public enum HTTPListenAddress: Hashable, Sendable, CustomStringConvertible {
    /// TCP; port 0 lets the kernel choose.
    case ip(String, port: Int)
    /// A unix socket.
    case unix(path: String)

    /// `127.0.0.1:8500`, `[::1]:8500`, `unix:///run/waypost.sock`.
    public var description: String {
        switch self {
        case .ip(let host, let port):
            host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix://\(path)"
        }
    }
}

/// A place to listen, and how.
struct HTTPListener: Sendable {
    let address: HTTPListenAddress
    /// What HTTPS is served with; `nil` for plain HTTP.
    var certificates: ServerCertificates?
}

extension HTTPServerConfiguration {
    /// All places, the plain ones first.
    var listeners: [HTTPListener] {
        addresses.map { HTTPListener(address: $0) }
            + secureAddresses.map { HTTPListener(address: $0, certificates: certificates) }
    }
}
