// SPDX-License-Identifier: Apache-2.0
public import Definitions
public import WatchPlans

/// Everything that the agent was told, after defaults, files, flags and fragments were merged and
/// checked.
///
/// A plain value: a reload builds a new one and compares.
public struct RuntimeConfiguration: Sendable, Hashable {
    /// Who this agent is.
    public var identity = IdentityConfiguration()
    /// `server`: whether this agent is a server.
    public var isServer = false
    /// `-dev`: one server in memory, bound to loopback.
    public var isDevelopment = false
    /// `bootstrap`.
    public var bootstrap = false
    /// `bootstrap_expect`; 0 when not set.
    public var bootstrapExpect = 0
    /// `data_dir`; empty with `-dev`.
    public var dataDirectory = ""
    /// `pid_file`; empty means none.
    public var pidFile = ""
    /// Where the agent listens and what it tells others.
    public var network = NetworkConfiguration()
    /// `domain`, `recursors` and `dns_config`.
    public var dns = DNSConfiguration()
    /// `forwarding` and `forward_zones`, Waypost's own.
    public var forwarding = ForwardingConfiguration()
    /// `http_config`, query times and `limits` of the HTTP API.
    public var http = HTTPConfiguration()
    /// `log_level`, `log_json`, `log_file`.
    public var log = LogConfiguration()
    /// `telemetry`.
    public var telemetry = TelemetryConfiguration()
    /// Checks in general.
    public var checks = CheckConfiguration()
    /// What happens at the end.
    public var leave = LeaveConfiguration()
    /// Joining, encryption and membership; read by gossip.
    public var membership = MembershipConfiguration()
    /// `service` and `services` blocks, validated, defaults filled in.
    public var serviceDefinitions: [ServiceDefinition] = []
    /// `check` and `checks` blocks, validated, defaults filled in.
    public var checkDefinitions: [CheckDefinition] = []
    /// `watches`, in the order in which they were written.
    public var watches: [WatchDefinition] = []
    /// `zone_dirs`: directories with RFC 1035 zone files that are served beside the catalog.
    public var zoneDirectories: [String] = []
    /// `performance.raft_multiplier`.
    public var raftMultiplier = 5
    /// `ui_config.enabled`.
    public var isUIEnabled = false
    /// `enable_debug`.
    public var isDebugEnabled = false
    /// The opposite of `disable_remote_exec`: whether commands of `exec` are run.
    public var runsCommandsOfOthers = false
    /// `auto_reload_config`.
    public var reloadsAutomatically = false
    /// `session_ttl_min`.
    public var minimumSessionTTL: Duration = .seconds(10)
    /// `acl.enabled`; kept so that nobody believes in a protection that is not there.
    public var isACLEnabled = false
    /// `acl.default_policy`: `allow` or `deny`; the API's replies say it.
    public var defaultPolicy = "allow"
    /// `disable_coordinates`.
    public var disablesCoordinates = false
    /// `raft_snapshot_threshold`, `raft_snapshot_interval` and `raft_trailing_logs`.
    public var snapshots = SnapshotConfiguration()
    /// `config_entries.bootstrap`, in the order in which they were written.
    public var bootstrapEntries: [BootstrapEntryConfiguration] = []
    /// Every key with its value in HCL notation, secrets hidden; for `/v1/agent/self` and people.
    public var effective: [EffectiveSetting] = []

    /// Makes the configuration of an agent that was told nothing (not yet a valid one).
    public init() {}

    /// The keys whose values differ and that only a restart takes up (spec cli.md 7, column "R").
    ///
    /// A key that only one of both has counts against its default: those that have none are as if
    /// they were empty.
    public func keysNeedingRestart(comparedTo other: RuntimeConfiguration) -> [String] {
        func byKey(_ settings: [EffectiveSetting]) -> [String: EffectiveSetting] {
            Dictionary(settings.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        }
        let before = byKey(other.effective)
        let after = byKey(effective)
        let changed = effective.filter { setting in
            guard let old = before[setting.key] else { return !setting.isEmpty }
            return old.fingerprint != setting.fingerprint
        }
        let removed = other.effective.filter { after[$0.key] == nil && !$0.isEmpty }
        return (changed + removed).filter { !$0.isReloadable }.map(\.key)
    }
}

/// One key with its effective value.
public struct EffectiveSetting: Sendable, Hashable {
    /// The key: `dns_config.node_ttl`.
    public var key: String
    /// The value in HCL notation; `"hidden"` for secrets.
    public var value: String
    /// Where the value was written; `nil` for a default.
    public var origin: SourcePosition?
    /// Whether a reload takes up a change.
    public var isReloadable: Bool
    /// Equal when the true values are equal, secrets included.
    public var fingerprint: Int

    /// Whether it says nothing: an empty text, list or map.
    var isEmpty: Bool { ["\"\"", "[]", "{}"].contains(value) }
}

/// Who the agent is.
public struct IdentityConfiguration: Sendable, Hashable {
    /// `node_name`.
    public var nodeName = ""
    /// `node_id`; empty means "make one and keep it in the data directory".
    public var nodeID = ""
    /// `node_meta`.
    public var nodeMeta: [String: String] = [:]
    /// `datacenter`, lower-cased.
    public var datacenter = "dc1"
    /// `primary_datacenter`, lower-cased; equal to `datacenter` by default.
    public var primaryDatacenter = "dc1"
    /// `disable_host_node_id`: whether the ID does not come from the host's.
    public var disableHostNodeID = true
    /// `tagged_addresses`.
    public var taggedAddresses: [String: String] = [:]
    /// `translate_wan_addrs`.
    public var translateWANAddresses = false
}

/// An address to listen on.
public enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// An IP address and a port.
    case ip(address: String, port: Int)
    /// A unix socket.
    case unix(path: String)

    /// `127.0.0.1:8500`, `[::1]:8500` or `unix:///path`.
    public var description: String {
        switch self {
        case .ip(let address, let port):
            address.utf8.contains(UInt8(ascii: ":")) ? "[\(address)]:\(port)" : "\(address):\(port)"
        case .unix(let path): "unix://\(path)"
        }
    }
}

/// Addresses and ports.
///
/// A list is empty when the listener is off.
public struct NetworkConfiguration: Sendable, Hashable {
    /// `bind_addr`.
    public var bindAddress = "0.0.0.0"
    /// `advertise_addr`, or what follows from the bind address.
    public var advertiseAddress = ""
    /// `advertise_addr_wan`, by default `advertise_addr`.
    public var advertiseAddressWAN = ""
    /// `client_addr`.
    public var clientAddresses: [String] = []
    /// Where DNS listens, UDP and TCP.
    public var dns: [ListenAddress] = []
    /// Where the HTTP API listens.
    public var http: [ListenAddress] = []
    /// Where the HTTPS API listens.
    public var https: [ListenAddress] = []
    /// Where gRPC listens.
    public var grpc: [ListenAddress] = []
    /// Where gRPC over TLS listens.
    public var grpcTLS: [ListenAddress] = []
    /// `serf_lan`, by default the bind address.
    public var serfLANAddress = ""
    /// `serf_wan`, by default the bind address.
    public var serfWANAddress = ""
    /// The ports; -1 means off.
    public var ports = PortConfiguration()
    /// `unix_sockets.user`, `.group`, `.mode`.
    public var unixSockets = UnixSocketConfiguration()
}

/// `ports`; -1 means off.
public struct PortConfiguration: Sendable, Hashable {
    /// `ports.dns`.
    public var dns = 8600
    /// `ports.http`.
    public var http = 8500
    /// `ports.https`.
    public var https = -1
    /// `ports.grpc`.
    public var grpc = -1
    /// `ports.grpc_tls`.
    public var grpcTLS = -1
    /// `ports.serf_lan`.
    public var serfLAN = 8301
    /// `ports.serf_wan`.
    public var serfWAN = 8302
    /// `ports.server`.
    public var server = 8300
    /// `ports.sidecar_min_port` to `.sidecar_max_port`; empty when turned off.
    public var sidecar: Range<Int> = 21000..<21256
}

/// `unix_sockets`.
public struct UnixSocketConfiguration: Sendable, Hashable {
    /// The owner: a name or a number.
    public var user = ""
    /// The group: a name or a number.
    public var group = ""
    /// The mode in octal.
    public var mode = ""
}

/// `domain`, `recursors` and the `dns_config` block.
public struct DNSConfiguration: Sendable, Hashable {
    /// `domain`, lower-cased, with final dot.
    public var domain = "consul."
    /// `alt_domain`, lower-cased, with final dot.
    public var alternateDomain: String?
    /// `recursors` as written, or `["system"]`, which the shell resolves.
    public var recursors: [String] = []
    /// `.recursor_timeout`.
    public var recursorTimeout: Duration = .seconds(2)
    /// `.recursor_strategy` is `random`.
    public var choosesRecursorsAtRandom = false
    /// `.allow_stale`.
    public var allowStale = true
    /// `.max_stale`.
    public var maximumStaleness: Duration = .seconds(87600 * 3600)
    /// `.use_cache`.
    public var useCache = false
    /// `.cache_max_age`.
    public var cacheMaximumAge: Duration = .zero
    /// `.node_ttl`.
    public var nodeTTL: Duration = .zero
    /// `.service_ttl`: name, `prefix*` or `*`, lower-cased.
    public var serviceTTLs: [String: Duration] = [:]
    /// `.soa.refresh`, in seconds.
    public var soaRefresh: UInt32 = 3600
    /// `.soa.retry`, in seconds.
    public var soaRetry: UInt32 = 600
    /// `.soa.expire`, in seconds.
    public var soaExpire: UInt32 = 86400
    /// `.soa.min_ttl`, in seconds.
    public var soaMinimumTTL: UInt32 = 0
    /// `.only_passing`.
    public var onlyPassing = false
    /// `.enable_truncate`.
    public var enableTruncate = false
    /// `.udp_answer_limit`.
    public var udpAnswerLimit = 3
    /// `.a_record_limit`.
    public var aRecordLimit = 0
    /// `.disable_compression`.
    public var disableCompression = false
    /// `.enable_additional_node_meta_txt`.
    public var additionalNodeMetaTXT = true
    /// `.udp_max_size`, our own: the largest UDP reply, whatever the client offers.
    public var udpMaximumSize = 65467
    /// `.strict`, our own: the RFCs where Consul departs from them.
    public var isStrict = false
    /// `.weighted_addresses`, our own: weights order A and AAAA.
    public var weightsAddresses = false
    /// `.dual_stack`, our own: both families of an instance.
    public var isDualStack = false
    /// `.keep_alias_ttl`, our own: no TTL behind a host name's alias grows.
    public var keepsAliasTTL = false
    /// `.protect_threshold`, our own: name, `prefix*` or `*`, lower-cased, to a share of 0…1.
    public var protectThresholds: [String: Double] = [:]
    /// `.extended_errors`, our own: reasons in replies (RFC 8914).
    public var explainsErrors = true
    /// `.reverse_ttl`, our own.
    public var reverseTTL: Duration = .zero
    /// `.reverse_zones`, our own: prefixes that are answered here and nowhere else.
    public var reverseZones: [String] = []
    /// `.local_reverse_zones`, our own: those of RFC 6303 are answered here.
    public var hasLocalReverseZones = true
    /// `.response_rate_limit`, our own: replies a second to one client network; 0 is no limit.
    public var responseRateLimit = 0
    /// `.response_rate_slip`, our own: one in so many replies over the limit is truncated.
    public var responseRateSlip = 2
    /// `.response_rate_exempt`, our own: networks without a limit, in CIDR notation.
    public var responseRateExempt: [String] = []
    /// `.query_log`, our own.
    public var queryLog = QueryLogConfiguration()
    /// `.top`, our own: who asks what is counted, for `/v1/dns/top`.
    public var countsTop = true
}

/// The HTTP API.
public struct HTTPConfiguration: Sendable, Hashable {
    /// `http_config.block_endpoints`: path prefixes that answer 403.
    public var blockedEndpoints: [String] = []
    /// `http_config.use_cache`: whether reads with `?cached` are said to come from the cache.
    public var usesCache = true
    /// `http_config.response_headers`.
    public var responseHeaders: [String: String] = [:]
    /// `http_config.allow_write_http_from`: networks that may write; empty means all.
    public var writersFrom: [String] = []
    /// `http_config.allowed_hosts`, our own: further names that the API may be asked under.
    public var allowedHosts: [String] = []
    /// `http_config.allowed_origins`, our own: from whose pages browsers may write.
    public var allowedOrigins: [String] = []
    /// `limits.request_limits`.
    public var requestLimits = RequestLimitConfiguration()
    /// `tls.https`; `nil` when HTTPS is not served.
    public var https: HTTPSConfiguration?
    /// `limits.https_handshake_timeout`.
    public var handshakeTimeout: Duration = .seconds(5)
    /// `http_config.max_header_bytes`; 0 means the server's default.
    public var maximumHeaderBytes = 0
    /// `default_query_time`.
    public var defaultQueryTime: Duration = .seconds(300)
    /// The opposite of `disable_http_unprintable_char_filter`.
    public var refusesUnprintablePaths = true
    /// `discovery_max_stale`; 0 means that reads without a mode ask the leader.
    public var discoveryMaximumStaleness: Duration = .zero
    /// `enable_central_service_config`.
    public var mergesCentralConfig = true
    /// `max_query_time`.
    public var maximumQueryTime: Duration = .seconds(600)
    /// `limits.http_max_conns_per_client`.
    public var maximumConnectionsPerClient = 200
    /// The most octets that `limits.kv_max_value_size` and `limits.txn_max_req_len` may allow: what is
    /// written must fit into one batch of the log, with its keys.
    public static let largestWrite = 7 << 20

    /// `limits.kv_max_value_size`.
    public var maximumValueSize = 524_288
    /// `limits.txn_max_req_len`.
    public var maximumTransactionSize = 524_288
}

/// Logging.
public struct LogConfiguration: Sendable, Hashable {
    /// `log_level`, from most to least talkative.
    public enum Level: String, Sendable, Hashable, CaseIterable {
        /// Every step.
        case trace
        /// For people who look for a fault.
        case debug
        /// Changes of state.
        case info
        /// What may become a fault.
        case warn
        /// Faults.
        case error
    }

    /// `log_level`.
    public var level = Level.info
    /// `log_json`.
    public var isJSON = false
    /// `log_file`; empty means none.
    public var file = ""
    /// `log_rotate_bytes`; 0 means no limit.
    public var rotateBytes = 0
    /// `log_rotate_duration`.
    public var rotateInterval: Duration = .seconds(24 * 3600)
    /// `log_rotate_max_files`; 0 means all, -1 none.
    public var rotateMaximumFiles = 0
    /// `enable_syslog`.
    public var isSyslogEnabled = false
    /// `syslog_facility`.
    public var syslogFacility = SyslogFacility.local0
}

/// What holds for all checks.
public struct CheckConfiguration: Sendable, Hashable {
    /// `enable_script_checks`: scripts registered over HTTP.
    public var allowsRemoteScripts = false
    /// `enable_local_script_checks`: scripts in configuration files.
    public var allowsLocalScripts = false
    /// `check_update_interval`.
    public var updateInterval: Duration = .seconds(300)
    /// `check_output_max_size`.
    public var outputMaximumSize = 4096
    /// `discard_check_output`.
    public var discardsOutput = false
    /// The agent's files of TLS, if checks use them (`enable_agent_tls_for_checks`).
    public var agentTLS: CheckTLSConfiguration?
}

/// `ca_file`, `ca_path`, `cert_file` and `key_file` of `tls.internal_rpc` or `tls.defaults`, as
/// checks use them; empty texts where nothing was written.
public struct CheckTLSConfiguration: Sendable, Hashable {
    /// `ca_file`: authorities that are trusted.
    public var caFile = ""
    /// `ca_path`: a directory of such files.
    public var caPath = ""
    /// `cert_file`: the agent's certificate.
    public var certFile = ""
    /// `key_file`: its key.
    public var keyFile = ""
}

/// What happens when the agent is told to stop.
public struct LeaveConfiguration: Sendable, Hashable {
    /// `leave_on_terminate`: whether SIGTERM leaves gracefully.
    public var leavesOnTerminate = true
    /// `skip_leave_on_interrupt`: whether SIGINT does not leave.
    public var skipsLeaveOnInterrupt = false
    /// `performance.leave_drain_time`.
    public var drainTime: Duration = .seconds(5)
    /// `rejoin_after_leave`.
    public var rejoinsAfterLeave = false
}

/// Joining and membership.
public struct MembershipConfiguration: Sendable, Hashable {
    /// `retry_join` with `start_join` and `-join`.
    public var retryJoin: [String] = []
    /// `retry_interval`.
    public var retryInterval: Duration = .seconds(30)
    /// `retry_max`; 0 means no end.
    public var retryMaximum = 0
    /// `retry_join_wan`.
    public var retryJoinWAN: [String] = []
    /// `encrypt`: the gossip key, decoded; empty means none.
    public var encryptionKey: [UInt8] = []
    /// `reconnect_timeout`.
    public var reconnectTimeout: Duration = .seconds(72 * 3600)
}
