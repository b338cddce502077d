// SPDX-License-Identifier: Apache-2.0
internal import AsyncHTTPClient
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1

/// What came back from an agent.
struct AgentReply: Sendable {
    var status: Int
    var body: [UInt8]
}

/// Carries one request to an agent.
protocol AgentTransport {
    /// Sends a request; the path has its query.
    ///
    /// - Throws: ``TransportFailure`` when no reply came.
    func send(
        _ method: String,
        _ path: String,
        body: [UInt8]?
    ) async throws(TransportFailure) -> AgentReply

    /// Reads a reply piece by piece as it comes, however long that takes.
    ///
    /// - Returns: the whole reply when its status is not 200, and no piece was given then.
    /// - Throws: ``TransportFailure`` when no reply came, or it broke off.
    func stream(
        _ path: String,
        _ piece: @Sendable ([UInt8]) -> Void
    ) async throws(TransportFailure) -> AgentReply?
}

extension AgentTransport {
    /// All at once.
    func stream(
        _ path: String,
        _ piece: @Sendable ([UInt8]) -> Void
    ) async throws(TransportFailure) -> AgentReply? {
        let reply = try await send("GET", path, body: nil)
        guard reply.status == 200 else { return reply }
        piece(reply.body)
        return nil
    }
}

/// Why no reply came, in Go's words: `dial tcp 127.0.0.1:8500: connect: connection refused`.
struct TransportFailure: Error, Hashable {
    var reason: String
}

/// Asks an agent and turns what goes wrong into Consul's texts (spec cli.md 1.3).
struct AgentClient {
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

    private func decode<Value: Decodable>(
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
            let verb = method.prefix(1) + method.dropFirst().lowercased()
            throw unreachable(String(verb), whole, error)
        }
    }

    /// Reads a reply with status 200 as it comes, until it ends.
    func stream(
        _ path: String,
        _ query: [(String, String)],
        _ piece: @Sendable ([UInt8]) -> Void
    ) async throws(CommandFailure) {
        let whole = path + Self.encode(query)
        let reply: AgentReply?
        do { reply = try await transport.stream(whole, piece) } catch {
            throw unreachable("Get", whole, error)
        }
        if let reply { throw Self.failure(reply) }
    }

    private func unreachable(
        _ verb: String,
        _ path: String,
        _ failure: TransportFailure
    ) -> CommandFailure {
        CommandFailure(
            message: "\(verb) \"\(endpoint.displayedURL(path))\": \(failure.reason)",
            hint: "No agent can be reached at \(endpoint.place): start one with "
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

/// Requests over async-http-client; one connection per request, no retries.
struct HTTPTransport: AgentTransport {
    let endpoint: AgentEndpoint
    /// The longest reply that is read, in octets.
    private static let maximumReply = 256 << 20

    init(endpoint: AgentEndpoint) { self.endpoint = endpoint }

    func send(
        _ method: String,
        _ path: String,
        body: [UInt8]?
    ) async throws(TransportFailure) -> AgentReply {
        try await withClient { client in
            let request = request(method, path, body)
            let response = try await client.execute(request, timeout: .minutes(15))
            return try await whole(response)
        }
    }

    func stream(
        _ path: String,
        _ piece: @Sendable ([UInt8]) -> Void
    ) async throws(TransportFailure) -> AgentReply? {
        try await withClient { client in
            // Ends when the agent ends it.
            let response = try await client.execute(
                request("GET", path, nil),
                deadline: .distantFuture
            )
            guard response.status == .ok else { return try await whole(response) }
            for try await buffer in response.body { piece(Array(buffer.readableBytesView)) }
            return nil
        }
    }

    private func withClient<Value>(
        _ body: (HTTPClient) async throws -> Value
    ) async throws(TransportFailure) -> Value {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(10)
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let outcome: Result<Value, any Error>
        do { outcome = .success(try await body(client)) } catch { outcome = .failure(error) }
        // A client that cannot be shut down has nothing more to lose: the program ends.
        try? await client.shutdown()
        switch outcome {
        case .success(let value): return value
        case .failure(let error): throw TransportFailure(reason: reason(error))
        }
    }

    private func whole(_ response: HTTPClientResponse) async throws -> AgentReply {
        let octets = try await response.body.collect(upTo: Self.maximumReply)
        return AgentReply(status: Int(response.status.code), body: Array(octets.readableBytesView))
    }

    private func request(_ method: String, _ path: String, _ body: [UInt8]?) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: endpoint.requestURL(path))
        request.method = .init(rawValue: method)
        request.headers.add(name: "User-Agent", value: "waypost")
        if !endpoint.token.isEmpty {
            request.headers.add(name: "X-Consul-Token", value: endpoint.token)
        }
        if !endpoint.basicAuthentication.isEmpty {
            request.setBasicAuth(endpoint.basicAuthentication)
        }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        return request
    }

    // Go's texts for what the system says.
    private func reason(_ error: any Error) -> String {
        let text = String(describing: error)
        if text.contains("errno: 111") || text.lowercased().contains("connection refused") {
            return "dial \(endpoint.dialed): connect: connection refused"
        }
        if text.contains("errno: 2)") || text.contains("No such file") {
            return "dial \(endpoint.dialed): connect: no such file or directory"
        }
        if text.contains("connectTimeout") { return "dial \(endpoint.dialed): i/o timeout" }
        if text.contains("dns") || text.contains("unknownHost")
            || text.contains("SocketAddressError")
        {
            let host = endpoint.place.split(separator: ":").first ?? ""
            return "dial tcp: lookup \(host): no such host"
        }
        return text
    }
}

extension HTTPClientRequest {
    fileprivate mutating func setBasicAuth(_ pair: String) {
        let encoded = Data(Array(pair.utf8)).base64EncodedString()
        headers.add(name: "Authorization", value: "Basic \(encoded)")
    }
}
