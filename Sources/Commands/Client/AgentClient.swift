// SPDX-License-Identifier: Apache-2.0
internal import AsyncHTTPClient
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1

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
}

/// Why no reply came, in Go's words: `dial tcp 127.0.0.1:8500: connect: connection refused`.
struct TransportFailure: Error, Hashable {
    var reason: String
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
            let verb = method.prefix(1) + method.dropFirst().lowercased()
            throw CommandFailure(
                message: "\(verb) \"\(endpoint.displayedURL(whole))\": \(error.reason)",
                hint: "No agent can be reached at \(endpoint.place): start one with "
                    + "`\(program) agent -dev`, or name its address with -http-addr."
            )
        }
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
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.timeout.connect = .seconds(10)
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let outcome: Result<AgentReply, any Error>
        do { outcome = .success(try await send(method, path, body, over: client)) } catch {
            outcome = .failure(error)
        }
        // A client that cannot be shut down has nothing more to lose: the program ends.
        try? await client.shutdown()
        switch outcome {
        case .success(let reply): return reply
        case .failure(let error): throw TransportFailure(reason: reason(error))
        }
    }

    private func send(
        _ method: String,
        _ path: String,
        _ body: [UInt8]?,
        over client: HTTPClient
    ) async throws -> AgentReply {
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
        let response = try await client.execute(request, timeout: .minutes(15))
        let octets = try await response.body.collect(upTo: Self.maximumReply)
        return AgentReply(
            status: Int(response.status.code),
            body: Array(octets.readableBytesView),
            index: response.headers.first(name: "X-Consul-Index").flatMap { UInt64($0) } ?? 0
        )
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
