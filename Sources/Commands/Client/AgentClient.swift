// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials

/// What came back from an agent.
struct AgentReply: Sendable {
    var status: Int
    var body: [UInt8]
    /// `X-Consul-Index`; 0 when there is none.
    var index: UInt64 = 0
}

/// Carries one request to an agent.
protocol AgentTransport: Sendable {
    /// Sends a request; the path has its query.
    ///
    /// - Throws: ``TransportFailure`` when no reply came.
    func send(
        _ method: String,
        _ path: String,
        body: [UInt8]?
    ) async throws(TransportFailure) -> AgentReply

    /// Fetches what may be long: the body of a reply with status 200 is handed to `take` part by
    /// part, until it returns `false`.
    ///
    /// - Returns: the reply; its body is empty when it was handed on.
    /// - Throws: ``TransportFailure`` when no reply came, or not all of it.
    func download(
        _ path: String,
        _ take: ([UInt8]) -> Bool
    ) async throws(TransportFailure) -> AgentReply

    /// Puts what may be long: `length` octets that `next` gives part by part.
    func upload(
        _ path: String,
        length: Int?,
        _ next: @escaping @Sendable () -> [UInt8]?
    ) async throws(TransportFailure) -> AgentReply
}

/// Why no reply came, in Go's words: `dial tcp 127.0.0.1:8500: connect: connection refused`.
struct TransportFailure: Error, Hashable {
    var reason: String
    /// What to do about it; empty means that no agent was reached.
    var hint = ""
}

/// Asks an agent and turns what goes wrong into Consul's texts (spec cli.md 1.3).
struct AgentClient: Sendable {
    let endpoint: AgentEndpoint
    let transport: any AgentTransport
    let program: String

    /// Reads a value.
    func get<Value: Decodable>(
        _ path: String,
        _ query: [(String, String)] = [],
        as type: Value.Type = Value.self
    ) async throws(CommandFailure) -> Value {
        try decode(try await request("GET", path, query), of: path)
    }

    /// Asks for something to be done.
    func put(
        _ path: String,
        _ query: [(String, String)] = [],
        body: String? = nil
    ) async throws(CommandFailure) {
        _ = try await request("PUT", path, query, body: body.map { Array($0.utf8) })
    }

    /// Sends a request whose reply has status 200.
    ///
    /// - Returns: the body.
    func request(
        _ method: String,
        _ path: String,
        _ query: [(String, String)] = [],
        body: [UInt8]? = nil
    ) async throws(CommandFailure) -> [UInt8] {
        let reply = try await reply(method, path, query, body: body)
        guard reply.status == 200 else { throw Self.failure(reply) }
        return reply.body
    }

    /// Reads a value; `nil` when the agent says that there is none (404).
    func getIfAny<Value: Decodable>(
        _ path: String,
        _ query: [(String, String)] = [],
        as type: Value.Type = Value.self
    ) async throws(CommandFailure) -> Value? {
        let reply = try await reply("GET", path, query)
        if reply.status == 404 { return nil }
        guard reply.status == 200 else { throw Self.failure(reply) }
        return try decode(reply.body, of: path)
    }

    /// What a reply of the agent says.
    func decode<Value: Decodable>(
        _ body: [UInt8],
        of path: String
    ) throws(CommandFailure) -> Value {
        do { return try JSONDecoder().decode(Value.self, from: Data(body)) } catch {
            throw CommandFailure(
                message: "the agent's reply to \(path) cannot be read: \(error)"
            )
        }
    }

    /// What a reply with another status than 200 says.
    static func failure(_ reply: AgentReply) -> CommandFailure {
        var text = String(decoding: reply.body, as: UTF8.self)
        while text.last?.isNewline == true { text.removeLast() }
        return CommandFailure(message: "Unexpected response code: \(reply.status) (\(text))")
    }

    /// Sends a request, whatever the status of the reply.
    func reply(
        _ method: String,
        _ path: String,
        _ query: [(String, String)],
        body: [UInt8]? = nil
    ) async throws(CommandFailure) -> AgentReply {
        let whole = path + Self.encode(query)
        do { return try await transport.send(method, whole, body: body) } catch {
            throw unreached(method, whole, error)
        }
    }

    /// Fetches what may be long, with status 200, part by part; `take` may end it.
    func download(
        _ path: String,
        _ query: [(String, String)],
        _ take: ([UInt8]) -> Bool
    ) async throws(CommandFailure) {
        let whole = path + Self.encode(query)
        let reply: AgentReply
        do throws(TransportFailure) { reply = try await transport.download(whole, take) } catch {
            throw unreached("GET", whole, error)
        }
        guard reply.status == 200 else { throw Self.failure(reply) }
    }

    /// Fetches what may be long, or is not there.
    ///
    /// - Returns: `false` when the agent says that there is none (404).
    func downloadIfAny(
        _ path: String,
        _ query: [(String, String)],
        _ take: ([UInt8]) -> Bool
    ) async throws(CommandFailure) -> Bool {
        let whole = path + Self.encode(query)
        let reply: AgentReply
        do throws(TransportFailure) { reply = try await transport.download(whole, take) } catch {
            throw unreached("GET", whole, error)
        }
        if reply.status == 404 { return false }
        guard reply.status == 200 else { throw Self.failure(reply) }
        return true
    }

    /// Puts what may be long, part by part.
    func upload(
        _ path: String,
        _ query: [(String, String)],
        length: Int?,
        _ next: @escaping @Sendable () -> [UInt8]?
    ) async throws(CommandFailure) {
        let whole = path + Self.encode(query)
        let reply: AgentReply
        do throws(TransportFailure) {
            reply = try await transport.upload(whole, length: length, next)
        } catch { throw unreached("PUT", whole, error) }
        guard reply.status == 200 else { throw Self.failure(reply) }
    }

    private func unreached(
        _ method: String,
        _ path: String,
        _ error: TransportFailure
    ) -> CommandFailure {
        let verb = method.prefix(1) + method.dropFirst().lowercased()
        return CommandFailure(
            message: "\(verb) \"\(endpoint.displayedURL(path))\": \(error.reason)",
            hint: !error.hint.isEmpty
                ? error.hint
                : "No agent can be reached at \(endpoint.place): start one with "
                    + "`\(program) agent -dev`, or name its address with -http-addr."
        )
    }

    static func encode(_ query: [(String, String)]) -> String {
        if query.isEmpty { return "" }
        // Go sorts query parameters by name.
        let pairs = query.sorted { $0.0 < $1.0 }.map { name, value in
            "\(name)=\(PercentEncoding.encode(value, alsoSlashes: true))"
        }
        return "?" + pairs.joined(separator: "&")
    }
}
