// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import Checks
import Definitions
import FoundationEssentials
import NIOCore
import NIOPosix

/// A Docker check: a command is run in a container through the Docker API; its exit code is the
/// state, what it prints is the output.
struct DockerProbe: Sendable {
    /// The ID or name of the container.
    let container: String
    /// The command and its arguments, as the container is to run them.
    let arguments: [String]
    /// How long everything may take.
    let timeout: Duration
    /// How many octets of output are kept.
    let outputLimit: Int

    /// Runs the command of a definition.
    ///
    /// Consul: the arguments are the command, whatever the shell. A shell that was asked for
    /// reads a single argument here (`docs/divergences.md`).
    static func arguments(_ definition: CheckDefinition) -> [String] {
        guard !definition.shell.isEmpty, definition.args.count == 1 else { return definition.args }
        return [definition.shell, "-c"] + definition.args
    }

    /// Runs the command and waits for its end.
    ///
    /// At the timeout the connection is closed. The API has no way to end the command itself.
    func run(in environment: ProbeEnvironment) async -> CheckResult {
        guard let endpoint = DockerEndpoint(environment.dockerHost) else {
            return CheckResult(
                .critical,
                output: "DOCKER_HOST: '\(environment.dockerHost)' is none of unix://PATH, "
                    + "tcp://HOST:PORT and http://HOST:PORT"
            )
        }
        let result = await withTimeout(timeout) { await run(at: endpoint, in: environment) }
        return result
            ?? CheckResult(
                .critical,
                output: "Timed out (\(GoDuration.print(timeout))) running check"
            )
    }

    /// The engine at each of the addresses of its name.
    ///
    /// Looked up here: the client would do it in line with all that it looks up on that event loop, and a name server
    /// that is silent would hold up the others.
    private func places(
        of endpoint: DockerEndpoint,
        in environment: ProbeEnvironment
    ) async throws -> [DockerEndpoint] {
        guard let name = endpoint.name else { return [endpoint] }
        let loop = environment.eventLoop
        let lookup = environment.names.begin(name.host, port: name.port, on: loop)
        do {
            let addresses = try await withTaskCancellationHandler {
                try await lookup.addresses.get()
            } onCancel: {
                lookup.cancel()
            }
            return addresses.map(endpoint.at)
        } catch let error as NameFailure {
            throw DockerAPI.failure("create", container, error, at: endpoint)
        }
    }

    private func run(
        at endpoint: DockerEndpoint,
        in environment: ProbeEnvironment
    ) async -> CheckResult {
        do {
            var places = try await places(of: endpoint, in: environment)[...]
            while let place = places.popFirst() {
                let api = DockerAPI(endpoint: place, clients: environment.clients, timeout: timeout)
                do {
                    return try await run(api)
                } catch let error as DockerError where error.isUnreached && !places.isEmpty {
                    continue
                }
            }
            throw DockerError(text: "\(endpoint.dialled) has no address")
        } catch let error as DockerError {
            return CheckResult(.critical, output: error.text)
        } catch {
            return CheckResult(.critical, output: "\(error)")
        }
    }

    private func run(_ api: DockerAPI) async throws -> CheckResult {
        let id = try await api.create(container, arguments)
        let output = try await api.start(id, container, limit: outputLimit)
        let code = try await api.exitCode(id, container)
        return CheckResult(
            CheckResult.status(ofExit: Int32(clamping: code)),
            output: output.tail.scriptText
        )
    }
}

/// Where a Docker engine listens.
struct DockerEndpoint: Sendable {
    /// Where the engine listens if `DOCKER_HOST` does not say otherwise.
    static let defaultHost = "unix:///var/run/docker.sock"

    /// What the path of a request is appended to.
    let base: String
    /// What is dialled, for texts: `unix /path` or `tcp host:port`.
    let dialled: String
    /// The host and port of an engine that is reached over TCP.
    let name: (host: String, port: Int)?

    /// Reads `DOCKER_HOST`; `nil` for what is neither a unix socket nor plain HTTP.
    init?(_ host: String) {
        guard let end = host.firstRange(of: "://") else { return nil }
        let rest = String(host[end.upperBound...])
        guard !rest.isEmpty, host.hasPrefix("unix") || URLPort.isValid(in: host) else { return nil }
        switch host[..<end.lowerBound] {
        case "unix":
            base = "http+unix://" + Self.escaped(rest)
            dialled = "unix \(rest)"
            name = nil
        case "tcp", "http":
            base = "http://" + (rest.hasSuffix("/") ? String(rest.dropLast()) : rest)
            dialled = "tcp \(rest)"
            let url = URL(string: base)
            name = (url?.host ?? "", url?.port ?? 80)
        default: return nil
        }
    }

    /// The same engine at an address of its name.
    func at(_ address: SocketAddress) -> DockerEndpoint {
        guard let host = address.ipAddress, let port = address.port else { return self }
        let place = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        let path = base.dropFirst("http://".count).drop { $0 != "/" }
        return DockerEndpoint(base: "http://\(place)\(path)", dialled: "tcp \(place)")
    }

    /// An engine at an address.
    private init(base: String, dialled: String) {
        self.base = base
        self.dialled = dialled
        name = nil
    }

    /// A text as one part of a path, percent-encoded but for the unreserved characters of
    /// RFC 3986 §2.3.
    static func escaped(_ text: String) -> String {
        text.utf8.map { octet in
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                UInt8(ascii: "."), UInt8(ascii: "~"):
                String(UnicodeScalar(octet))
            default:
                "%" + (octet < 16 ? "0" : "") + String(octet, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
