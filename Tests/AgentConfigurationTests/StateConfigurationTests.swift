// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Testing

@Suite("Configuration of the state: snapshots, coordinates, first entries")
struct StateConfigurationTests {
    @Test("every key is read, and none of them is said to have no effect")
    func keys() throws {
        let outcome = build(
            hcl: """
                raft_snapshot_threshold = 100
                raft_snapshot_interval = "2s"
                raft_trailing_logs = 50
                disable_coordinates = true
                enable_central_service_config = false
                discovery_max_stale = "10s"
                unix_sockets { user = "web" group = "0" mode = "0660" }
                http_config { use_cache = false }
                """
        )
        let configuration = try #require(outcome.configuration)
        #expect(outcome.warnings == [])
        #expect(configuration.snapshots.threshold == 100)
        #expect(configuration.snapshots.interval == .seconds(2))
        #expect(configuration.snapshots.trailing == 50)
        #expect(configuration.disablesCoordinates && !configuration.http.mergesCentralConfig)
        #expect(configuration.http.discoveryMaximumStaleness == .seconds(10))
        #expect(configuration.network.unixSockets.mode == "0660")
        #expect(!configuration.http.usesCache)
    }

    @Test("0 is the default of a snapshot's keys")
    func zero() throws {
        let outcome = build(
            hcl: """
                raft_snapshot_threshold = 0
                raft_snapshot_interval = "0s"
                raft_trailing_logs = 0
                """
        )
        #expect(outcome.configuration?.snapshots == SnapshotConfiguration())
    }

    @Test(
        "what cannot be is refused",
        arguments: [
            ("raft_snapshot_threshold = -1", "raft_snapshot_threshold cannot be -1"),
            ("raft_trailing_logs = -1", "raft_trailing_logs cannot be -1"),
            ("raft_snapshot_interval = \"1ms\"", "raft_snapshot_interval cannot be 1ms"),
            ("raft_snapshot_interval = \"-1s\"", "raft_snapshot_interval cannot be -1s"),
            ("acl { default_policy = \"DENY\" }", "Unsupported default ACL policy: DENY"),
            ("config_entries { bootstrap = [7] }", "config_entries.bootstrap[0]: a config entry"),
        ]
    )
    func refused(hcl: String, text: String) {
        let failure = build(hcl: hcl).failure
        #expect(failure.contains(text) && failure.contains("a.hcl:1"), "\(failure)")
    }

    @Test("acl.default_policy is kept, and the warning stays that nobody is kept out")
    func defaultPolicy() throws {
        for hcl in ["acl { default_policy = \"deny\" }", "acl_default_policy = \"deny\""] {
            let outcome = build(hcl: hcl)
            #expect(outcome.configuration?.defaultPolicy == "deny")
            #expect(outcome.warnings.contains { $0.contains("everybody who reaches the agent") })
        }
        #expect(build(hcl: "").configuration?.defaultPolicy == "allow")
    }

    @Test("entries are kept as they are written, with their places")
    func entries() throws {
        let blocks = build(
            hcl: """
                config_entries {
                  bootstrap { kind = "proxy-defaults" name = "global" config { aB_c = 1 } }
                  bootstrap {
                    kind = "mesh"
                  }
                }
                """
        )
        let list = build(
            hcl: """
                config_entries { bootstrap = [
                  { kind = "proxy-defaults" name = "global" config { aB_c = 1 } },
                  { kind = "mesh" },
                ] }
                """
        )
        for outcome in [blocks, list] {
            let entries = try #require(outcome.configuration).bootstrapEntries
            #expect(outcome.warnings == [])
            #expect(
                entries.map(\.json) == [
                    #"{"kind":"proxy-defaults","name":"global","config":{"aB_c":1}}"#,
                    #"{"kind":"mesh"}"#,
                ]
            )
            #expect(entries.map(\.name).last == "config_entries.bootstrap[1]")
            #expect(entries.map(\.position.line) == [2, 3])
        }
        let one = build(hcl: "config_entries { bootstrap { kind = \"mesh\" } }")
        #expect(one.configuration?.bootstrapEntries.map(\.json) == [#"{"kind":"mesh"}"#])
    }
}
