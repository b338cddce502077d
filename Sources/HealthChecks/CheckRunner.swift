// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import NIOCore

/// What a polled check does when it runs; one case per kind.
enum CheckRunner: Sendable {
    /// Connects.
    case tcp(TCPProbe)
    /// Sends a datagram.
    case udp(UDPProbe)
    /// Sends a request.
    case http(HTTPProbe)
    /// Calls the health service.
    case grpc(GRPCProbe)
    /// Pings over HTTP/2.
    case h2ping(H2PingProbe)
    /// Runs a command.
    case script(ScriptProbe)
    /// Runs a command in a container.
    case docker(DockerProbe)
    /// Asks systemd.
    case osService(OSServiceProbe)

    /// Makes the runner of a check; `nil` for kinds that are not polled.
    ///
    /// - Throws: ``CheckRefusal/scriptsDisabled`` for what runs a program where that is not
    ///   allowed.
    init?(
        _ definition: CheckDefinition,
        plan: CheckPlan,
        scriptsAllowed: Bool,
        origin: CheckOrigin = .file
    ) throws(CheckRefusal) {
        let timeout = plan.timeout
        func tls(_ isWanted: Bool, _ protocols: String...) -> TLSWish? {
            guard isWanted else { return nil }
            return TLSWish(
                serverName: definition.tlsServerName,
                skipsVerification: definition.tlsSkipVerify,
                protocols: protocols
            )
        }
        switch plan.kind {
        case .ttl, .alias:
            return nil
        case .tcp:
            self = .tcp(
                TCPProbe(
                    target: definition.tcp,
                    timeout: timeout,
                    tls: tls(definition.tcpUseTLS)
                )
            )
        case .udp:
            self = .udp(UDPProbe(target: definition.udp, timeout: timeout))
        case .http:
            var probe = HTTPProbe(definition, plan: plan)
            probe.origin = origin
            self = .http(probe)
        case .grpc:
            self = .grpc(
                GRPCProbe(
                    target: definition.grpc,
                    timeout: timeout,
                    tls: tls(definition.grpcUseTLS, "h2"),
                    outputLimit: plan.outputLimit
                )
            )
        case .h2ping:
            // Consul: TLS unless it is switched off.
            self = .h2ping(
                H2PingProbe(
                    target: definition.h2ping,
                    timeout: timeout,
                    tls: tls(definition.h2pingUseTLS ?? true, "h2")
                )
            )
        case .script:
            guard scriptsAllowed else { throw .scriptsDisabled }
            self = .script(
                ScriptProbe(
                    arguments: definition.args,
                    timeout: timeout,
                    outputLimit: plan.outputLimit
                )
            )
        case .docker:
            guard scriptsAllowed else { throw .scriptsDisabled }
            self = .docker(
                DockerProbe(
                    container: definition.dockerContainerID,
                    arguments: DockerProbe.arguments(definition),
                    timeout: timeout,
                    outputLimit: plan.outputLimit
                )
            )
        case .osService:
            self = .osService(OSServiceProbe(service: definition.osService, timeout: timeout))
        }
    }

    /// Runs the check once; takes at most its timeout and a little more.
    func run(in environment: ProbeEnvironment) async -> CheckResult {
        switch self {
        case .tcp(let probe): await probe.run(in: environment)
        case .udp(let probe): await probe.run(in: environment)
        case .http(let probe): await probe.run(in: environment)
        case .grpc(let probe): await probe.run(in: environment)
        case .h2ping(let probe): await probe.run(in: environment)
        case .script(let probe): await probe.run(on: environment.eventLoop)
        case .docker(let probe): await probe.run(in: environment)
        case .osService(let probe): await probe.run(on: environment.eventLoop)
        }
    }
}
