// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import HTTPAPI
import Replication
import Testing

@testable import Agent

@Suite("How keys of the state reach the parts of an agent")
struct StateMappingTests {
    private func configuration(_ hcl: String) throws -> RuntimeConfiguration {
        try ConfigurationBuilder.build(
            sources: [ConfigurationSource(name: "a.hcl", format: .hcl, text: hcl)],
            flags: try AgentFlags.parse(["-dev"]).flags,
            host: HostFacts(hostName: "host1")
        ).configuration
    }

    @Test("without a word snapshots and API are as in Consul")
    func silent() throws {
        let configuration = try configuration("")
        #expect(configuration.snapshotPolicy == SnapshotPolicy())
        let http = configuration.httpServer()
        #expect(http.defaultPolicy == "allow" && !http.translatesAddresses)
        #expect(!http.disablesCoordinates && !http.discoversStale && http.refusesUnprintable)
        #expect(http.mergesCentralConfig)
    }

    @Test("every key reaches its part")
    func keys() throws {
        let configuration = try configuration(
            """
            raft_snapshot_threshold = 7 raft_snapshot_interval = "1500ms" raft_trailing_logs = 3
            translate_wan_addrs = true disable_coordinates = true discovery_max_stale = "1ns"
            enable_central_service_config = false
            acl { default_policy = "deny" } disable_http_unprintable_char_filter = true
            """
        )
        #expect(
            configuration.snapshotPolicy
                == SnapshotPolicy(entries: 7, milliseconds: 1500, trailing: 3)
        )
        let http = configuration.httpServer()
        #expect(http.defaultPolicy == "deny" && http.translatesAddresses)
        #expect(http.disablesCoordinates && http.discoversStale && !http.refusesUnprintable)
        #expect(!http.mergesCentralConfig)
    }

    @Test("a config entry that breaks a rule is told with its place, by validate too")
    func entries() throws {
        let wrong = try configuration(
            """
            config_entries {
              bootstrap { kind = "mesh" }
              bootstrap { kind = "service-resolver" name = "a" redirect {} }
            }
            """
        )
        let text = "a.hcl:3:13: config_entries.bootstrap[1]: Redirect is empty"
        #expect(throws: FileProblem(text)) { try wrong.configEntryBootstrap() }
        #expect(FileInspection.entryProblems(of: wrong) == [text])
        let right = try configuration("config_entries { bootstrap { kind = \"mesh\" } }")
        #expect(FileInspection.entryProblems(of: right) == [])
    }
}
