// SPDX-License-Identifier: Apache-2.0
internal import Definitions

/// Builds the typed configuration from the merged tree and checks it, theme by theme
/// (`Assembly+Network`, `+Discovery`, …).
///
/// Everything wrong is gathered, not only the first.
struct Assembly {
    var reader: SettingsReader
    var configuration = RuntimeConfiguration()
    var warnings: [String] = []
    let host: HostFacts
    /// Values that follow from others; shown as effective.
    var derived: [String: ConfigurationValue.Content] = [:]
    /// Settings whose templates were replaced, by path.
    var expansions: [String: String] = [:]

    init(_ tree: Tree, host: HostFacts, isDevelopment: Bool) {
        reader = SettingsReader(tree)
        self.host = host
        configuration.isDevelopment = isDevelopment
    }

    mutating func assemble() {
        examineDurations()
        readMode()
        readIdentity()
        readNetwork()
        readDNS()
        readForwarding()
        readHTTP()
        readLog()
        readTelemetry()
        readChecks()
        readMembership()
        readState()
        readDefinitions()
        configuration.effective = effectiveSettings()
    }

    /// Every duration must be one, also where this version does not act on it.
    private mutating func examineDurations() {
        for (path, key) in KeyTable.leaves() {
            switch key.kind {
            case .duration: _ = reader.duration(path)
            default: continue
            }
        }
    }

    private mutating func readMode() {
        configuration.isServer = reader.bool("server")
        configuration.bootstrap = reader.bool("bootstrap")
        configuration.bootstrapExpect = reader.integer("bootstrap_expect")
        configuration.dataDirectory = reader.string("data_dir")
        configuration.pidFile = reader.string("pid_file")
        configuration.zoneDirectories = reader.strings("zone_dirs")
        configuration.raftMultiplier = reader.integer("performance.raft_multiplier")
        configuration.isUIEnabled = reader.bool("ui_config.enabled")
        configuration.isDebugEnabled = reader.bool("enable_debug")
        configuration.runsCommandsOfOthers = !reader.bool("disable_remote_exec")
        configuration.reloadsAutomatically = reader.bool("auto_reload_config")
        configuration.minimumSessionTTL = durationQuietly("session_ttl_min")
        configuration.isACLEnabled = reader.bool("acl.enabled")
        configuration.leave.leavesOnTerminate =
            reader.boolIfSet("leave_on_terminate") ?? !configuration.isServer
        configuration.leave.skipsLeaveOnInterrupt =
            reader.boolIfSet("skip_leave_on_interrupt") ?? configuration.isServer
        configuration.leave.rejoinsAfterLeave = reader.bool("rejoin_after_leave")
        configuration.leave.drainTime = durationQuietly("performance.leave_drain_time")
        derived["leave_on_terminate"] = .bool(configuration.leave.leavesOnTerminate)
        derived["skip_leave_on_interrupt"] = .bool(configuration.leave.skipsLeaveOnInterrupt)
        checkMode()
    }

    private mutating func checkMode() {
        if configuration.dataDirectory.isEmpty, !configuration.isDevelopment {
            reader.add(
                ConfigurationProblem(
                    "data_dir cannot be empty",
                    hint: "set data_dir or -data-dir, or use -dev"
                )
            )
        }
        let multiplier = configuration.raftMultiplier
        if !(1...10).contains(multiplier) {
            reader.report(
                "performance.raft_multiplier cannot be \(multiplier). Must be between 1 and 10",
                at: "performance.raft_multiplier"
            )
        }
        for (path, range) in [("protocol", 2...3), ("raft_protocol", 3...3)] {
            let version = reader.integer(path)
            guard !range.contains(version) else { continue }
            reader.report(
                "\(path) version \(version) is not supported by this version of Consul",
                at: path
            )
        }
        checkBootstrap()
    }

    private mutating func checkBootstrap() {
        let expected = configuration.bootstrapExpect
        if configuration.bootstrap, !configuration.isServer {
            reader.report("'bootstrap = true' requires 'server = true'", at: "bootstrap")
        }
        if expected < 0 {
            reader.report(
                "bootstrap_expect cannot be \(expected). Must be greater than or equal to zero",
                at: "bootstrap_expect"
            )
        }
        guard expected > 0 else { return }
        if configuration.isDevelopment {
            reader.report(
                "'bootstrap_expect > 0' not allowed in dev mode",
                at: "bootstrap_expect"
            )
        } else if configuration.bootstrap {
            reader.report(
                "'bootstrap_expect > 0' and 'bootstrap = true' are mutually exclusive",
                at: "bootstrap_expect"
            )
        }
        if !configuration.isServer {
            reader.report(
                "'bootstrap_expect > 0' requires 'server = true'",
                at: "bootstrap_expect"
            )
        }
        if expected == 1 {
            warnings.append("BootstrapExpect is set to 1; this is the same as Bootstrap mode.")
        } else if expected == 2 {
            warnings.append(
                "bootstrap_expect = 2: A cluster with 2 servers will provide no failure tolerance."
            )
        } else if expected % 2 == 0 {
            warnings.append(
                "bootstrap_expect is even number: A cluster with an even number of servers does "
                    + "not achieve optimum fault tolerance."
            )
        }
    }

    /// A duration whose faults ``examineDurations`` has reported.
    func durationQuietly(_ path: String) -> Duration {
        // A text that cannot be read was reported already; zero stands in for it.
        (try? GoDuration.parse(reader.string(path))) ?? .zero
    }
}
