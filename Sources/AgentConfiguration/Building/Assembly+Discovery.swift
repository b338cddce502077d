// SPDX-License-Identifier: Apache-2.0
internal import Definitions

extension Assembly {
    mutating func readDNS() {
        var dns = DNSConfiguration()
        dns.domain = domain("domain") ?? "consul."
        dns.alternateDomain = domain("alt_domain")
        dns.recursors = expandedRecursors(reader.tree["recursors"], "recursors")
        dns.recursorTimeout = durationQuietly("dns_config.recursor_timeout")
        dns.choosesRecursorsAtRandom = reader.string("dns_config.recursor_strategy") == "random"
        dns.allowStale = reader.bool("dns_config.allow_stale")
        dns.maximumStaleness = durationQuietly("dns_config.max_stale")
        dns.useCache = reader.bool("dns_config.use_cache")
        dns.cacheMaximumAge = durationQuietly("dns_config.cache_max_age")
        dns.nodeTTL = durationQuietly("dns_config.node_ttl")
        dns.serviceTTLs = serviceTTLs()
        dns.soaRefresh = reader.unsigned("dns_config.soa.refresh")
        dns.soaRetry = reader.unsigned("dns_config.soa.retry")
        dns.soaExpire = reader.unsigned("dns_config.soa.expire")
        dns.soaMinimumTTL = reader.unsigned("dns_config.soa.min_ttl")
        dns.onlyPassing = reader.bool("dns_config.only_passing")
        dns.enableTruncate = reader.bool("dns_config.enable_truncate")
        dns.udpAnswerLimit = reader.integer("dns_config.udp_answer_limit")
        dns.aRecordLimit = reader.integer("dns_config.a_record_limit")
        dns.disableCompression = reader.bool("dns_config.disable_compression")
        dns.additionalNodeMetaTXT = reader.bool("dns_config.enable_additional_node_meta_txt")
        dns.udpMaximumSize = reader.integer("dns_config.udp_max_size")
        readOwnDNS(&dns)
        configuration.dns = dns
        derived["domain"] = .string(dns.domain)
        if let alternate = dns.alternateDomain { derived["alt_domain"] = .string(alternate) }
        checkDNS()
    }

    /// A domain, lower-cased, with its final dot; `nil` when absent or empty.
    private mutating func domain(_ path: String) -> String? {
        let text = reader.string(path).lowercased()
        guard !text.isEmpty else { return nil }
        guard let name = Self.domainName(text) else {
            reader.report("\(path): \"\(text)\" is no domain name", at: path)
            return nil
        }
        return name
    }

    /// A domain name in text form, lower-cased, with its final dot; `nil` for what is none.
    static func domainName(_ text: String) -> String? {
        let text = text.lowercased()
        let labels = text.hasSuffix(".") ? text.dropLast() : Substring(text)
        // RFC 1035 §2.3.4: labels of 1 to 63 octets, a name of at most 255.
        let isName =
            labels.utf8.count <= 253
            && labels.split(separator: ".", omittingEmptySubsequences: false)
                .allSatisfy {
                    (1...63).contains($0.utf8.count) && !$0.contains(where: \.isWhitespace)
                }
        return isName ? labels + "." : nil
    }

    private mutating func serviceTTLs() -> [String: Duration] {
        let path = "dns_config.service_ttl"
        guard case .object(let members)? = reader.tree[path]?.content else { return [:] }
        var result: [String: Duration] = [:]
        for member in members {
            guard case .string(let text) = member.value.content else { continue }
            let name = "\(path)[\"\(member.key)\"]"
            guard
                let ttl = reader.parseDuration(text, named: name, at: member.value.position)
            else { continue }
            checkTTL(ttl, name, at: member.value.position)
            result[member.key.lowercased()] = ttl
        }
        return result
    }

    /// RFC 2181 §8: a TTL has 31 bits.
    mutating func checkTTL(_ ttl: Duration, _ name: String, at position: SourcePosition) {
        guard ttl < .zero || ttl > .seconds(Int32.max) else { return }
        reader.add(
            ConfigurationProblem(
                "\(name) cannot be \(GoDuration.print(ttl)). Must be between 0s and \(Int32.max)s",
                at: position,
                hint: "write 0s for answers that nobody keeps, or a time such as 30s"
            )
        )
    }

    private mutating func checkDNS() {
        if let node = reader.tree["dns_config.node_ttl"] {
            checkTTL(configuration.dns.nodeTTL, "dns_config.node_ttl", at: node.position)
        }
        if configuration.dns.recursorTimeout < .milliseconds(1) {
            reader.report(
                "dns_config.recursor_timeout cannot be "
                    + "\(GoDuration.print(configuration.dns.recursorTimeout)): no recursor answers so "
                    + "fast",
                at: "dns_config.recursor_timeout",
                hint: "write how long one recursor may take, such as 2s"
            )
        }
        for (name, value) in [
            ("udp_answer_limit", configuration.dns.udpAnswerLimit),
            ("a_record_limit", configuration.dns.aRecordLimit),
        ] where value < 0 {
            reader.report(
                "dns_config.\(name) cannot be \(value). Must be greater than or equal to zero",
                at: "dns_config.\(name)"
            )
        }
        let size = configuration.dns.udpMaximumSize
        // RFC 6891 §6.2.5: sizes below 512 count as 512.
        if !(512...65467).contains(size) {
            reader.report(
                "dns_config.udp_max_size cannot be \(size). Must be between 512 and 65467",
                at: "dns_config.udp_max_size"
            )
        }
        let strategy = reader.string("dns_config.recursor_strategy")
        if !["sequential", "random"].contains(strategy) {
            reader.report(
                "dns_config.recursor_strategy: invalid strategy: \"\(strategy)\"",
                at: "dns_config.recursor_strategy",
                hint: "write sequential or random"
            )
        }
        checkRecursors(reader.tree["recursors"], "recursors")
        checkAlternateDomain()
    }

    private mutating func checkAlternateDomain() {
        guard let alternate = configuration.dns.alternateDomain else { return }
        let datacenter = configuration.identity.datacenter
        // The final dot stands for "nothing follows", so `dc1` alone is accepted (dns.md 5.3).
        let name = alternate.dropLast()
        for word in ["service", "connect", "node", "query", "addr", datacenter]
        where name.hasPrefix(word + ".") {
            reader.report(
                "alt_domain cannot start with {service,connect,node,query,addr,\(datacenter)}",
                at: "alt_domain"
            )
        }
    }

    mutating func readChecks() {
        configuration.checks.allowsRemoteScripts = reader.bool("enable_script_checks")
        configuration.checks.allowsLocalScripts =
            reader.bool("enable_local_script_checks") || reader.bool("enable_script_checks")
        configuration.checks.updateInterval = durationQuietly("check_update_interval")
        configuration.checks.outputMaximumSize = reader.integer("check_output_max_size")
        configuration.checks.discardsOutput = reader.bool("discard_check_output")
        configuration.checks.agentTLS = agentTLSFiles()
        derived["enable_local_script_checks"] = .bool(configuration.checks.allowsLocalScripts)
        if configuration.checks.outputMaximumSize < 1 {
            reader.report(
                "check_output_max_size must be positive, to discard check output use the "
                    + "discard_check_output flag",
                at: "check_output_max_size"
            )
        }
    }

    /// The files with which checks speak TLS; `nil` unless `enable_agent_tls_for_checks`.
    ///
    /// Consul: those of the agent's own RPC, which default to `tls.defaults`.
    private mutating func agentTLSFiles() -> CheckTLSConfiguration? {
        func file(_ name: String) -> String {
            let own = reader.string("tls.internal_rpc.\(name)")
            return own.isEmpty ? reader.string("tls.defaults.\(name)") : own
        }
        let files = CheckTLSConfiguration(
            caFile: file("ca_file"),
            caPath: file("ca_path"),
            certFile: file("cert_file"),
            keyFile: file("key_file")
        )
        guard reader.bool("enable_agent_tls_for_checks") else {
            if files != CheckTLSConfiguration(), reader.integer("ports.https") <= 0 {
                warnings.append(
                    "tls.defaults and tls.internal_rpc name files that nothing uses without "
                        + "enable_agent_tls_for_checks: nothing else is encrypted yet"
                )
            }
            return nil
        }
        if files.certFile.isEmpty != files.keyFile.isEmpty {
            reader.report(
                "enable_agent_tls_for_checks needs cert_file and key_file together, in "
                    + "tls.defaults or tls.internal_rpc",
                at: "enable_agent_tls_for_checks"
            )
        }
        return files
    }

    mutating func readDefinitions() {
        if case .list(let blocks)? = reader.tree["services"]?.content {
            for block in blocks { readService(block) }
        }
        if case .list(let blocks)? = reader.tree["checks"]?.content {
            for block in blocks { readCheck(block) }
        }
        readWatches()
    }

    private mutating func readService(_ block: ConfigurationValue) {
        let service = DefinitionReader.service(block, &reader).normalized()
        do { try service.validateRegistration() } catch {
            reader.add(
                ConfigurationProblem(
                    "service \"\(service.name)\": \(error.message)",
                    at: block.position
                )
            )
        }
        for check in service.checks {
            refuseScript(check, in: "service \"\(service.name)\"", at: block.position)
        }
        if let rival = configuration.serviceDefinitions.firstIndex(where: { $0.id == service.id }) {
            // Consul registers both, so the later one replaces the earlier one.
            warnings.append(
                "service ID \"\(service.id)\" is defined twice, the one at \(block.position) counts"
            )
            configuration.serviceDefinitions[rival] = service
        } else {
            configuration.serviceDefinitions.append(service)
        }
        warnings += service.warnings
    }

    private mutating func readCheck(_ block: ConfigurationValue) {
        var check = DefinitionReader.check(block, &reader)
        if check.id.isEmpty { check.id = check.name }
        do { try check.validateRegistration() } catch {
            reader.add(
                ConfigurationProblem(
                    "check \"\(check.name)\": \(error.message)",
                    at: block.position
                )
            )
        }
        refuseScript(check, in: "check \"\(check.name)\"", at: block.position)
        configuration.checkDefinitions.append(check)
    }

    // Consul: such a check stops the agent at start.
    private mutating func refuseScript(
        _ check: CheckDefinition,
        in owner: String,
        at position: SourcePosition
    ) {
        guard check.runsProgram, !configuration.checks.allowsLocalScripts else { return }
        reader.add(
            ConfigurationProblem(
                "\(owner): Scripts are disabled on this agent; to enable, configure "
                    + "'enable_script_checks' or 'enable_local_script_checks' to true",
                at: position
            )
        )
    }
}
