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
        let result = await withTimeout(timeout) {
            await run(DockerAPI(endpoint: endpoint, clients: environment.clients, timeout: timeout))
        }
        return result
            ?? CheckResult(
                .critical,
                output: "Timed out (\(GoDuration.print(timeout))) running check"
            )
    }

    private func run(_ api: DockerAPI) async -> CheckResult {
        do {
            let id = try await api.create(container, arguments)
            let output = try await api.start(id, container, limit: outputLimit)
            let code = try await api.exitCode(id, container)
            return CheckResult(
                CheckResult.status(ofExit: Int32(clamping: code)),
                output: output.tail.scriptText
            )
        } catch let error as DockerError {
            return CheckResult(.critical, output: error.text)
        } catch {
            return CheckResult(.critical, output: "\(error)")
        }
    }
}

/// Where a Docker engine listens.
struct DockerEndpoint: Hashable, Sendable {
    /// Where the engine listens if `DOCKER_HOST` does not say otherwise.
    static let defaultHost = "unix:///var/run/docker.sock"

    /// What the path of a request is appended to.
    let base: String
    /// What is dialled, for texts: `unix /path` or `tcp host:port`.
    let dialled: String

    /// Reads `DOCKER_HOST`; `nil` for what is neither a unix socket nor plain HTTP.
    init?(_ host: String) {
        guard let end = host.firstRange(of: "://") else { return nil }
        let rest = String(host[end.upperBound...])
        guard !rest.isEmpty else { return nil }
        switch host[..<end.lowerBound] {
        case "unix":
            base = "http+unix://" + Self.escaped(rest)
            dialled = "unix \(rest)"
        case "tcp", "http":
            base = "http://" + (rest.hasSuffix("/") ? String(rest.dropLast()) : rest)
            dialled = "tcp \(rest)"
        default: return nil
        }
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
