// SPDX-License-Identifier: Apache-2.0
import AsyncHTTPClient
import Checks
import Definitions
import FoundationEssentials
import NIOCore
import NIOHTTP1
import NIOPosix

/// Why a command could not be run in a container, in Consul's words.
struct DockerError: Error, Hashable {
    var text: String
    /// Whether no reply came at all: another address of the engine may have one.
    var isUnreached = false
}

/// The three requests of the Docker API that run a command in a container.
///
/// Paths carry no version: every engine since 1.6 takes them (Docker Engine API, "Exec").
struct DockerAPI: Sendable {
    let endpoint: DockerEndpoint
    let clients: HTTPClients
    let timeout: Duration

    /// A reply other than the output of a command is small.
    private static let replyLimit = 65_536

    private struct Creation: Encodable {
        var capturesOutput = true
        var capturesErrors = true
        var isTerminal = false
        var command: [String]

        enum CodingKeys: String, CodingKey {
            case capturesOutput = "AttachStdout"
            case capturesErrors = "AttachStderr"
            case isTerminal = "Tty"
            case command = "Cmd"
        }
    }

    private struct Created: Decodable {
        var id: String

        enum CodingKeys: String, CodingKey { case id = "Id" }
    }

    private struct State: Decodable {
        var isRunning: Bool?
        var exitCode: Int?

        enum CodingKeys: String, CodingKey {
            case isRunning = "Running"
            case exitCode = "ExitCode"
        }
    }

    /// Prepares a command; its ID.
    func create(_ container: String, _ command: [String]) async throws -> String {
        // Dots alone would be a step in the path.
        guard container.contains(where: { $0 != "." }) else {
            throw DockerError(text: "create exec failed for unknown container \(container)")
        }
        let body = try JSONEncoder().encode(Creation(command: command))
        let path = "/containers/\(DockerEndpoint.escaped(container))/exec"
        return try await send("create", container, "POST", path, Array(body)) { response in
            let octets = try await Self.whole(response)
            switch response.status.code {
            case 200...299: return try Self.decode(Created.self, octets, "create", container).id
            case 404:
                throw DockerError(text: "create exec failed for unknown container \(container)")
            case 409:
                throw DockerError(
                    text: "create exec failed since container \(container) is paused or stopped"
                )
            default: throw Self.unexpected("create", container, response, octets)
            }
        }
    }

    /// Starts the command and reads its output to the end.
    func start(
        _ id: String,
        _ container: String,
        limit: Int
    ) async throws -> ContainerOutput {
        let body = Array(#"{"Detach":false,"Tty":false}"#.utf8)
        return try await send("start", container, "POST", path(id, "start"), body) { response in
            guard (200...299).contains(response.status.code) else {
                let octets = try await Self.whole(response)
                if response.status.code == 409 {
                    throw DockerError(
                        text: "start exec failed since container \(container) is paused or stopped"
                    )
                }
                throw Self.unexpected("start", container, response, octets)
            }
            var output = ContainerOutput(limit: limit)
            do {
                for try await part in response.body { output.append(part.readableBytesView) }
            } catch let error as IOError where error.errnoCode == 104 {
                // Consul: the engine may reset the connection after the last octet.
            }
            return output
        }
    }

    /// The exit code of a command that has ended, or is about to.
    func exitCode(_ id: String, _ container: String) async throws -> Int {
        while true {
            let state = try await send("inspect", container, "GET", path(id, "json"), nil) {
                response in
                let octets = try await Self.whole(response)
                guard response.status == .ok else {
                    throw Self.unexpected("inspect", container, response, octets)
                }
                return try Self.decode(State.self, octets, "inspect", container)
            }
            if state.isRunning != true, let code = state.exitCode { return code }
            // The output ends a moment before the engine has noted the exit code.
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private func path(_ id: String, _ verb: String) -> String {
        "/exec/\(DockerEndpoint.escaped(id))/\(verb)"
    }

    private func send<Value: Sendable>(
        _ step: String,
        _ container: String,
        _ method: String,
        _ path: String,
        _ body: [UInt8]?,
        read: (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        var request = HTTPClientRequest(url: endpoint.base + path)
        request.method = .RAW(value: method)
        request.headers.add(name: "Host", value: "docker")
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let response: HTTPClientResponse
        do {
            response = try await clients.client().execute(
                request,
                timeout: .nanoseconds(GoDuration.nanoseconds(timeout))
            )
        } catch {
            throw Self.failure(step, container, error, at: endpoint, isUnreached: true)
        }
        do {
            return try await read(response)
        } catch let error as DockerError {
            throw error
        } catch {
            throw Self.failure(step, container, error, at: endpoint)
        }
    }

    /// A step that failed on its way to the engine.
    static func failure(
        _ step: String,
        _ container: String,
        _ error: any Error,
        at endpoint: DockerEndpoint,
        isUnreached: Bool = false
    ) -> DockerError {
        let reason = DialErrorText.text(error, target: "")
            .replacing("dial tcp :", with: "dial \(endpoint.dialled):")
        return DockerError(
            text: "\(step) exec failed for container \(container): \(reason)",
            isUnreached: isUnreached
        )
    }

    private static func whole(_ response: HTTPClientResponse) async throws -> [UInt8] {
        var octets: [UInt8] = []
        for try await part in response.body {
            octets += part.readableBytesView.prefix(replyLimit - octets.count)
        }
        return octets
    }

    private static func decode<Value: Decodable>(
        _ type: Value.Type,
        _ octets: [UInt8],
        _ step: String,
        _ container: String
    ) throws -> Value {
        do { return try JSONDecoder().decode(type, from: Data(octets)) } catch {
            throw DockerError(
                text: "\(step) exec response for container \(container) cannot be parsed"
            )
        }
    }

    private static func unexpected(
        _ step: String,
        _ container: String,
        _ response: HTTPClientResponse,
        _ octets: [UInt8]
    ) -> DockerError {
        let body = String(decoding: octets.prefix(512), as: UTF8.self)
        return DockerError(
            text: "\(step) exec failed for container \(container) with status "
                + "\(response.status.code): \(body)"
        )
    }
}
