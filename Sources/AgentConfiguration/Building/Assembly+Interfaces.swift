// SPDX-License-Identifier: Apache-2.0
internal import Definitions

extension Assembly {
    mutating func readHTTP() {
        configuration.http.blockedEndpoints = reader.strings("http_config.block_endpoints")
        configuration.http.responseHeaders = reader.stringMap("http_config.response_headers")
        configuration.http.usesCache = reader.bool("http_config.use_cache")
        configuration.http.writersFrom = networks("http_config.allow_write_http_from")
        configuration.http.allowedHosts = reader.strings("http_config.allowed_hosts")
        configuration.http.allowedOrigins = reader.strings("http_config.allowed_origins")
        readRequestLimits()
        readHTTPS()
        configuration.http.refusesUnprintablePaths =
            !reader.bool("disable_http_unprintable_char_filter")
        configuration.http.maximumHeaderBytes = reader.integer("http_config.max_header_bytes")
        configuration.http.defaultQueryTime = durationQuietly("default_query_time")
        configuration.http.maximumQueryTime = durationQuietly("max_query_time")
        configuration.http.maximumConnectionsPerClient =
            reader.integer("limits.http_max_conns_per_client")
        configuration.http.maximumValueSize = writeLimit("limits.kv_max_value_size")
        configuration.http.maximumTransactionSize = writeLimit("limits.txn_max_req_len")
        for path in ["serf_lan_allowed_cidrs", "serf_wan_allowed_cidrs"] { _ = networks(path) }
    }

    private mutating func writeLimit(_ path: String) -> Int {
        let octets = reader.integer(path)
        let largest = HTTPConfiguration.largestWrite
        if octets > largest {
            reader.report(
                "\(path) cannot be \(octets): a write must fit into the log, which takes \(largest)",
                at: path,
                hint: "give at most \(largest) octets (7 MiB)"
            )
        }
        return octets
    }

    // Consul: cidrsVal.
    mutating func networks(_ path: String) -> [String] {
        let texts = reader.strings(path)
        for text in texts where !isNetwork(text) {
            reader.report(
                "\(path): invalid cidr: invalid CIDR address: \(text)",
                at: path,
                hint: IPAddressText.family(of: text) != nil ? "write \(text)/32 or /128" : nil
            )
        }
        return texts
    }

    private func isNetwork(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let family = IPAddressText.family(of: parts[0]),
            parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let length = Int(parts[1])
        else { return false }
        return length <= (family == .v4 ? 32 : 128)
    }

    mutating func readLog() {
        let text = reader.string("log_level")
        // Consul: names without case; "err" is an old spelling.
        let name = text.lowercased() == "err" ? "error" : text.lowercased()
        if let level = LogConfiguration.Level(rawValue: name) {
            configuration.log.level = level
        } else {
            reader.report(
                "Invalid log level: \(text). "
                    + "Valid log levels are: [TRACE DEBUG INFO WARN ERROR]",
                at: "log_level"
            )
        }
        configuration.log.isJSON = reader.bool("log_json")
        configuration.log.file = reader.string("log_file")
        configuration.log.rotateBytes = reader.integer("log_rotate_bytes")
        configuration.log.rotateInterval = durationQuietly("log_rotate_duration")
        configuration.log.rotateMaximumFiles = reader.integer("log_rotate_max_files")
        configuration.log.isSyslogEnabled = reader.bool("enable_syslog")
        let facility = reader.string("syslog_facility")
        if let known = SyslogFacility(name: facility) {
            configuration.log.syslogFacility = known
        } else if configuration.log.isSyslogEnabled {
            reader.report(
                "invalid syslog facility: \(facility)",
                at: "syslog_facility",
                hint: "write LOCAL0 to LOCAL7, DAEMON or USER"
            )
        }
        checkRotation()
    }

    private mutating func checkRotation() {
        if configuration.log.rotateBytes < 0 {
            reader.report(
                "log_rotate_bytes cannot be \(configuration.log.rotateBytes)",
                at: "log_rotate_bytes",
                hint: "write the octets at which a new file begins, or 0 for no limit"
            )
        }
        if configuration.log.rotateInterval < .zero {
            reader.report(
                "log_rotate_duration cannot be negative",
                at: "log_rotate_duration",
                hint: "write how old a file may become, such as \"24h\""
            )
        }
        // Consul: 0 is the default.
        if configuration.log.rotateInterval == .zero {
            configuration.log.rotateInterval = .seconds(24 * 3600)
        }
    }

    mutating func readMembership() {
        configuration.membership.retryJoin = reader.strings("retry_join")
        configuration.membership.retryJoinWAN = reader.strings("retry_join_wan")
        configuration.membership.retryInterval = durationQuietly("retry_interval")
        configuration.membership.retryMaximum = reader.integer("retry_max")
        configuration.membership.reconnectTimeout = durationQuietly("reconnect_timeout")
        do {
            configuration.membership.encryptionKey = try Base64Key.decode(reader.string("encrypt"))
        } catch {
            reader.report(
                "encrypt has invalid key: \(error.description)",
                at: "encrypt",
                hint: "make one with `head -c 32 /dev/urandom | base64`"
            )
        }
    }

    /// Every key with its value, secrets hidden.
    func effectiveSettings() -> [EffectiveSetting] {
        KeyTable.leaves().compactMap { path, key in
            switch path {
            case "services": return listed(path, configuration.serviceDefinitions.map(\.id))
            case "checks": return listed(path, configuration.checkDefinitions.map(\.id))
            default: break
            }
            if case .deprecated = key.standing { return nil }
            let written = reader.tree[path]
            let content = derived[path] ?? written?.content
            guard let content else { return nil }
            let value = ConfigurationValue(content, at: SourcePosition(file: ""))
            return EffectiveSetting(
                key: path,
                value: SecretHiding.shown(value, of: key).hcl,
                origin: reader.position(path),
                isReloadable: key.isReloadable,
                fingerprint: content.hashValue
            )
        }
    }

    private func listed(_ path: String, _ names: [String]) -> EffectiveSetting {
        let list = names.map {
            ConfigurationValue(.string($0), at: SourcePosition(file: ""))
        }
        return EffectiveSetting(
            key: path,
            value: ConfigurationValue(.list(list), at: SourcePosition(file: "")).hcl,
            origin: reader.position(path),
            isReloadable: true,
            fingerprint: names.hashValue
        )
    }
}
