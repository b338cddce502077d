// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Commands

@Suite("Commands about autopilot and usage")
struct AutopilotCommandTests {
    private static let path = "/v1/operator/autopilot/configuration"
    private static let body = """
        {"CleanupDeadServers":true,"LastContactThreshold":"200ms","MaxTrailingLogs":250,
        "MinQuorum":0,"ServerStabilizationTime":"10s","RedundancyZoneTag":"",
        "DisableUpgradeMigration":false,"UpgradeVersionTag":"","CreateIndex":5,"ModifyIndex":7}
        """

    @Test("CLI-027 the configuration in eight lines")
    func get() async {
        let outcome = await run(
            "operator",
            "autopilot",
            "get-config",
            replies: ["GET \(Self.path)": Self.body]
        )
        #expect(outcome.code == 0)
        #expect(
            outcome.output == """
                CleanupDeadServers = true
                LastContactThreshold = 200ms
                MaxTrailingLogs = 250
                MinQuorum = 0
                ServerStabilizationTime = 10s
                RedundancyZoneTag = ""
                DisableUpgradeMigration = false
                UpgradeVersionTag = ""

                """
        )
        let unreached = await run("operator", "autopilot", "get-config")
        #expect(unreached.code == 1)
        #expect(
            unreached.errors.hasPrefix("Error querying Autopilot configuration: Get \"http://")
        )
    }

    @Test("what is named changes, at the index that was read; all else stays")
    func set() async {
        let put = "PUT \(Self.path)?cas=7"
        let outcome = await run(
            "operator",
            "autopilot",
            "set-config",
            "-cleanup-dead-servers=false",
            "-min-quorum=3",
            "-last-contact-threshold",
            "1s",
            replies: ["GET \(Self.path)": Self.body, put: "true"]
        )
        #expect(outcome.code == 0 && outcome.output == "Configuration updated!\n")
        #expect(
            outcome.requests.last
                == put + #" {"CleanupDeadServers":false,"LastContactThreshold":"1s","#
                + #""MaxTrailingLogs":250,"MinQuorum":3,"ServerStabilizationTime":"10s","#
                + #""RedundancyZoneTag":"","DisableUpgradeMigration":false,"#
                + #""UpgradeVersionTag":""}"#
        )
        let lost = await run(
            "operator",
            "autopilot",
            "set-config",
            "-max-trailing-logs=9",
            replies: ["GET \(Self.path)": Self.body, put: "false"]
        )
        #expect(lost.code == 1)
        #expect(
            lost.output == "Configuration could not be atomically updated, please try again\n"
        )
        for flag in [
            "-cleanup-dead-servers=x", "-min-quorum=x", "-server-stabilization-time=soon",
        ] {
            let wrong = await run("operator", "autopilot", "set-config", flag)
            #expect(wrong.code == 1 && wrong.requests.isEmpty, "\(flag)")
        }
    }

    @Test(
        "switches need no value, and may have one",
        arguments: [
            (["-cleanup-dead-servers"], true, false),
            (["-cleanup-dead-servers=false", "-disable-upgrade-migration"], false, true),
            (["-cleanup-dead-servers", "false", "-min-quorum=0"], false, false),
            (["-disable-upgrade-migration", "--cleanup-dead-servers", "1"], true, true),
            (["-cleanup-dead-servers=false", "-cleanup-dead-servers"], true, false),
        ] as [([String], Bool, Bool)]
    )
    func switches(arguments: [String], cleans: Bool, disables: Bool) async {
        // What is not named is the opposite of what is asked for.
        let body = Self.body
            .replacing("\"CleanupDeadServers\":true", with: "\"CleanupDeadServers\":\(!cleans)")
        let put = "PUT \(Self.path)?cas=7"
        let outcome = await run(
            ["operator", "autopilot", "set-config"] + arguments,
            replies: ["GET \(Self.path)": body, put: "true"]
        )
        #expect(outcome.code == 0, "\(outcome.errors)")
        let sent = outcome.requests.last ?? ""
        #expect(sent.contains("\"CleanupDeadServers\":\(cleans)"))
        #expect(sent.contains("\"DisableUpgradeMigration\":\(disables)"))
    }

    @Test("the state: who is healthy, votes and leads")
    func state() async {
        let body = """
            {"Healthy":true,"FailureTolerance":0,"OptimisticFailureTolerance":0,"Servers":{"a1":
            {"ID":"a1","Name":"n1","Address":"10.0.0.1:8300","Version":"1.21.4","LastContact":"0s",
            "LastTerm":1,"LastIndex":17,"Healthy":true,"StableSince":"x","NodeStatus":"alive",
            "Status":"leader","NodeType":"voter","ReadReplica":false,"Meta":{"k":"v"}}},
            "Leader":"a1","Voters":["a1"]}
            """
        let path = "/v1/operator/autopilot/state"
        let outcome = await run("operator", "autopilot", "state", replies: ["GET \(path)": body])
        #expect(
            outcome.output == """
                Healthy:                      true
                Failure Tolerance:            0
                Optimistic Failure Tolerance: 0
                Leader:                       a1
                Voters:
                   a1
                Servers:
                   a1
                      Name:            n1
                      Address:         10.0.0.1:8300
                      Version:         1.21.4
                      Status:          leader
                      Node Type:       voter
                      Node Status:     alive
                      Healthy:         true
                      Last Contact:    0s
                      Last Term:       1
                      Last Index:      17
                      Meta
                         "k": "v"

                """
        )
        let json = await run(
            "operator",
            "autopilot",
            "state",
            "-format=json",
            replies: ["GET \(path)?pretty=": "{\n}\n"]
        )
        #expect(json.output == "{\n}\n")
        #expect(await run("operator", "autopilot", "state", "-format=x").code == 1)
    }

    @Test("instances: what would be billed, and what is of the mesh")
    func usage() async {
        let body = """
            {"Usage":{"dc1":{"Nodes":2,"Services":3,"ServiceInstances":4,"ConnectServiceInstances":
            {"connect-native":0,"connect-proxy":1},"BillableServiceInstances":2}},"Index":4}
            """
        let replies = [
            "GET /v1/operator/usage": body, "GET /v1/operator/usage?global=": body,
        ]
        let outcome = await run("operator", "usage", "instances", replies: replies)
        #expect(
            outcome.output == """
                Billable Service Instances Total: 2
                dc1 Billable Service Instances: 2

                Billable Services
                Services      Service instances
                3             2

                Connect Services
                Type                Service instances
                connect-native      0
                connect-proxy       1

                """
        )
        let all = await run(
            "operator",
            "usage",
            "instances",
            "-billable",
            "-all-datacenters",
            replies: replies
        )
        #expect(
            all.output.contains(
                "Datacenter      Services      Service instances\ndc1             3             2\n\n"
                    + "Total           3             2\n"
            )
        )
        let both = await run("operator", "usage", "instances", "-billable", "-connect")
        #expect(both.errors == "Cannot specify both -billable and -connect flags\n")
    }
}
