// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import NIOCore

/// What a polled check does when it runs; one case per kind that this version runs.
enum CheckRunner: Sendable {
    /// Connects.
    case tcp(TCPProbe)
    /// Sends a datagram.
    case udp(UDPProbe)
    /// Sends a request.
    case http(HTTPProbe)
    /// Runs a command.
    case script(ScriptProbe)

    /// Makes the runner of a check; `nil` for kinds that are not polled.
    init?(
        _ definition: CheckDefinition,
        plan: CheckPlan,
        configuration: CheckConfiguration,
        scriptsAllowed: Bool
    ) throws(CheckRefusal) {
        switch plan.kind {
        case .ttl:
            return nil
        case .alias:
            let node = definition.aliasNode
            guard node.isEmpty || node.lowercased() == configuration.nodeName.lowercased() else {
                throw .remoteAliasNotYetSupported(node: node)
            }
            return nil
        case .tcp:
            guard !definition.tcpUseTLS else { throw .tlsNotYetSupported(.tcp) }
            self = .tcp(TCPProbe(target: definition.tcp, timeout: plan.timeout))
        case .udp:
            self = .udp(UDPProbe(target: definition.udp, timeout: plan.timeout))
        case .http:
            self = .http(HTTPProbe(definition, plan: plan))
        case .script:
            guard scriptsAllowed else { throw .scriptsDisabled }
            self = .script(
                ScriptProbe(
                    arguments: definition.args,
                    timeout: plan.timeout,
                    outputLimit: plan.outputLimit
                )
            )
        case .grpc, .docker, .h2ping, .osService:
            throw .notYetSupported(plan.kind)
        }
    }

    /// Runs the check once; takes at most its timeout and a little more.
    func run(on eventLoop: any EventLoop, clients: HTTPClients) async -> CheckResult {
        switch self {
        case .tcp(let probe): await probe.run(on: eventLoop)
        case .udp(let probe): await probe.run(on: eventLoop)
        case .http(let probe): await probe.run(clients: clients)
        case .script(let probe): await probe.run(on: eventLoop)
        }
    }
}
