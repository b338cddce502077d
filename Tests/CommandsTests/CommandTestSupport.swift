// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import HTTPAPI
import Synchronization

@testable import Commands

/// What a command wrote, and how it ended.
struct CommandOutcome {
    var code: Int32
    var output: String
    var errors: String
    var requests: [String]
}

/// An agent that gives prepared replies, and remembers what it was asked.
final class AgentInMemory: AgentTransport, Sendable {
    private let replies: [String: AgentReply]
    private let seen = Mutex<[String]>([])

    /// Replies by `METHOD path?query`; whatever is not prepared refuses the connection.
    init(_ replies: [String: AgentReply]) { self.replies = replies }

    var requests: [String] { seen.withLock { $0 } }

    func send(
        _ method: String,
        _ path: String,
        body: [UInt8]?
    ) async throws(TransportFailure) -> AgentReply {
        let request = "\(method) \(path)"
        let text = body.map { "\(request) \(String(decoding: $0, as: UTF8.self))" }
        seen.withLock { $0.append(text ?? request) }
        // Whoever asks again and again lets others work, as a network does.
        await Task.yield()
        guard let reply = replies[request] else {
            throw TransportFailure(reason: "dial tcp 127.0.0.1:8500: connect: connection refused")
        }
        return reply
    }

    func download(
        _ path: String,
        _ take: ([UInt8]) -> Bool
    ) async throws(TransportFailure) -> AgentReply {
        let reply = try await send("GET", path, body: nil)
        guard reply.status == 200 else { return reply }
        // In parts, as a network has them.
        for start in stride(from: 0, to: reply.body.count, by: 100) {
            guard take(Array(reply.body[start...].prefix(100))) else { break }
        }
        return AgentReply(status: 200, body: [])
    }

    func upload(
        _ path: String,
        length: Int?,
        _ next: @escaping @Sendable () -> [UInt8]?
    ) async throws(TransportFailure) -> AgentReply {
        var octets: [UInt8] = []
        while let part = next() { octets += part }
        if let length, octets.count != length {
            throw TransportFailure(reason: "\(octets.count) octets instead of \(length)")
        }
        return try await send("PUT", path, body: octets)
    }
}

/// A file system in a dictionary.
struct FilesInMemory: FileAccess {
    var files: [String: String] = [:]

    func open(_ path: String) throws(FileFailure) -> OpenedPath {
        guard let text = files[path] else { throw FileFailure(reason: "no such file or directory") }
        return .file(Array(text.utf8))
    }

    func isDirectory(_ path: String) -> Bool { false }

    func exists(_ path: String) -> Bool { files[path] != nil }
}

/// A folder in memory in which commands make files.
final class FolderInMemory: FileAccess, NewFiles, Sendable {
    /// A file with its permissions.
    struct File: Hashable {
        var text: String
        var mode: UInt32
    }

    private let all: Mutex<[String: File]>
    /// Files that cannot be written.
    private let refused: Set<String>

    init(_ files: [String: String] = [:], refusing refused: Set<String> = []) {
        all = Mutex(files.mapValues { File(text: $0, mode: 0o644) })
        self.refused = refused
    }

    var files: [String: File] { all.withLock { $0 } }

    subscript(path: String) -> String {
        get { files[path]?.text ?? "" }
        set { all.withLock { $0[path] = File(text: newValue, mode: 0o644) } }
    }

    func open(_ path: String) throws(FileFailure) -> OpenedPath {
        guard let file = files[path] else { throw FileFailure(reason: "no such file or directory") }
        return .file(Array(file.text.utf8))
    }

    func isDirectory(_ path: String) -> Bool { false }

    func exists(_ path: String) -> Bool { files[path] != nil }

    func create(
        _ path: String,
        _ octets: [UInt8],
        mode: UInt32
    ) throws(LocalFile.FileProblem) {
        guard !refused.contains(path) else {
            throw LocalFile.FileProblem(message: "open \(path): permission denied")
        }
        let isNew = all.withLock { files in
            guard files[path] == nil else { return false }
            files[path] = File(text: String(decoding: octets, as: UTF8.self), mode: mode)
            return true
        }
        guard isNew else { throw LocalFile.FileProblem(message: "open \(path): file exists") }
    }

    func remove(_ path: String) { all.withLock { $0[path] = nil } }
}

/// Collects what is written.
final class Sink: Sendable {
    private let text = Mutex("")

    func add(_ more: String) { text.withLock { $0 += more } }
    var value: String { text.withLock { $0 } }
}

/// Runs a command line against an agent in memory; a reply of status 200 is given by its body.
func run(
    _ arguments: String...,
    program: String = "waypost",
    environment: [String: String] = [:],
    files: [String: String] = [:],
    inspect: @escaping FileCheck = { _ in ([], []) },
    interfaces: HostInterfaces = HostInterfaces(),
    input: String = "",
    replies: [String: String] = [:],
    failures: [String: AgentReply] = [:]
) async -> CommandOutcome {
    await run(
        arguments,
        program: program,
        environment: environment,
        files: files,
        inspect: inspect,
        interfaces: interfaces,
        input: input,
        replies: replies,
        failures: failures
    )
}

/// The same, with the arguments as a list.
func run(
    _ arguments: [String],
    program: String = "waypost",
    environment: [String: String] = [:],
    files: [String: String] = [:],
    inspect: @escaping FileCheck = { _ in ([], []) },
    interfaces: HostInterfaces = HostInterfaces(),
    input: String = "",
    replies: [String: String] = [:],
    failures: [String: AgentReply] = [:]
) async -> CommandOutcome {
    let (output, errors) = (Sink(), Sink())
    let bodies = replies.mapValues { AgentReply(status: 200, body: Array($0.utf8)) }
    let agent = AgentInMemory(bodies.merging(failures) { $1 })
    let context = CommandContext(
        program: program,
        environment: environment,
        console: Console(output: { output.add($0) }, errors: { errors.add($0) }),
        files: FilesInMemory(files: files),
        inspect: inspect,
        interfaces: { interfaces },
        recordFormat: { SnapshotRecordObject.append($0, to: &$1) },
        input: { Array(input.utf8) },
        connect: { _ in agent }
    )
    let tool = CommandLineTool(context: context) { arguments in
        output.add("agent \(arguments)\n")
        return 0
    }
    let code = await tool.run(arguments)
    return CommandOutcome(
        code: code,
        output: output.value,
        errors: errors.value,
        requests: agent.requests
    )
}

extension AgentReply {
    /// A reply with a status of its own.
    static func failure(_ status: Int, _ text: String) -> AgentReply {
        AgentReply(status: status, body: Array(text.utf8))
    }
}
