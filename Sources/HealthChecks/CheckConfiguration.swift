// SPDX-License-Identifier: Apache-2.0
import Checks

/// What the configuration of the agent says about every check.
public struct CheckConfiguration: Hashable, Sendable {
    /// `check_output_max_size`, in octets.
    public var outputMaxSize: Int
    /// `check_update_interval`: for how long a change of the output alone is held back.
    public var updateInterval: Duration
    /// `discard_check_output`.
    public var discardsOutput: Bool
    /// The name of the own node: an alias of it is an alias of this agent's checks.
    public var nodeName: String
    /// Where the Docker engine listens (`DOCKER_HOST`): `unix://PATH` or `tcp://HOST:PORT`.
    public var dockerHost: String

    /// Makes a configuration; the defaults are Consul's.
    public init(
        outputMaxSize: Int = 4096,
        updateInterval: Duration = .seconds(300),
        discardsOutput: Bool = false,
        nodeName: String = "",
        dockerHost: String = "unix:///var/run/docker.sock"
    ) {
        self.outputMaxSize = outputMaxSize
        self.updateInterval = updateInterval
        self.discardsOutput = discardsOutput
        self.nodeName = nodeName
        self.dockerHost = dockerHost
    }

    /// The part of it that the state machine of a check needs.
    var reporting: CheckMachine.Reporting {
        CheckMachine.Reporting(updateInterval: updateInterval, discardsOutput: discardsOutput)
    }
}
