// SPDX-License-Identifier: Apache-2.0
import StateStore

extension CommandVectors {
    /// Frozen encodings of the commands about the cluster itself.
    static let cluster: [CommandCodingTests.Vector] = [
        .init(
            testDescription: "autopilot with nothing in it, for one that was never written",
            command: .autopilot(
                AutopilotChange(
                    AutopilotConfiguration(
                        cleansUpDeadServers: false,
                        lastContactThreshold: .zero,
                        maximumTrailingLogs: 0,
                        serverStabilizationTime: .zero
                    ),
                    expectedIndex: .zero
                )
            ),
            hex: "82000109 82 0180 0280"
        ),
        .init(
            testDescription: "autopilot with everything",
            command: .autopilot(
                AutopilotChange(
                    AutopilotConfiguration(
                        minimumQuorum: 3,
                        redundancyZoneTag: "z",
                        disablesUpgradeMigration: true,
                        upgradeVersionTag: "v"
                    ),
                    expectedIndex: RaftIndex(rawValue: 7)
                )
            ),
            hex: """
                82000109 82 01 88 01c3 02ce0bebc200 03ccfa 0403 05cf00000002540be400 06a17a 07c3 08a1\
                76 02 810107
                """
        ),
    ]
}
