// SPDX-License-Identifier: Apache-2.0
import HTTPTypes

/// What DNS would answer to a question, and why, for `GET /v1/agent/dns/explain`.
public struct DNSExplanation: Sendable, Hashable {
    /// An instance that the name matches.
    public struct Instance: Sendable, Hashable {
        /// The node's name.
        public var node: String
        /// The service ID.
        public var id: String
        /// The address that is answered.
        public var address: String
        /// The port.
        public var port: Int
        /// Whether it is answered, in every reply or in some.
        public var isAnswered: Bool
        /// Why, or why not.
        public var reason: String

        /// Makes an instance.
        public init(
            node: String,
            id: String,
            address: String,
            port: Int,
            isAnswered: Bool,
            reason: String
        ) {
            self.node = node
            self.id = id
            self.address = address
            self.port = port
            self.isAnswered = isAnswered
            self.reason = reason
        }
    }

    /// What one reply carries of the answer, by the way that the question comes.
    public struct Reply: Sendable, Hashable {
        /// `udp` or `tcp`.
        public var transport: String
        /// The size that the client offers with EDNS, in octets; 0 without EDNS.
        public var offeredSize: Int
        /// The fewest records of the answer section in some replies.
        public var fewest: Int
        /// The most of them.
        public var most: Int
        /// Whether TC is set.
        public var isTruncated: Bool
        /// What keeps the other candidates out; empty where nothing does.
        public var limit: String

        /// Makes what one reply carries.
        public init(
            transport: String,
            offeredSize: Int,
            fewest: Int,
            most: Int,
            isTruncated: Bool,
            limit: String
        ) {
            self.transport = transport
            self.offeredSize = offeredSize
            self.fewest = fewest
            self.most = most
            self.isTruncated = isTruncated
            self.limit = limit
        }
    }

    /// The name asked for.
    public var name: String
    /// The type asked for.
    public var type: String
    /// Who answers.
    public var route: String
    /// The code; empty where others know.
    public var code: String
    /// Types and data of the answers.
    public var answers: [String]
    /// How many records there are to answer with, before limits and sizes cut.
    public var candidates: Int
    /// What one reply carries of them; empty where others answer.
    public var replies: [Reply]
    /// The instances that the name matches.
    public var instances: [Instance]
    /// The TTL with the setting that it is from.
    public var ttl: String
    /// The static zone; empty for none.
    public var zone: String
    /// Whether recursors are asked.
    public var isForwarded: Bool
    /// What else is to be said.
    public var notes: [String]

    /// Makes an explanation.
    public init(
        name: String,
        type: String,
        route: String,
        code: String,
        answers: [String] = [],
        candidates: Int = 0,
        replies: [Reply] = [],
        instances: [Instance] = [],
        ttl: String = "",
        zone: String = "",
        isForwarded: Bool = false,
        notes: [String] = []
    ) {
        self.name = name
        self.type = type
        self.route = route
        self.code = code
        self.answers = answers
        self.candidates = candidates
        self.replies = replies
        self.instances = instances
        self.ttl = ttl
        self.zone = zone
        self.isForwarded = isForwarded
        self.notes = notes
    }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("Name", name)
            writer.member("Type", type)
            writer.member("Route", route)
            writer.member("Code", code)
            writer.member("Answers", answers)
            writer.member("Candidates", candidates)
            writer.key("Replies")
            writer.array(replies) { $1.write(to: &$0) }
            writer.key("Instances")
            writer.array(instances) { $1.write(to: &$0) }
            writer.member("TTL", ttl)
            writer.member("Zone", zone)
            writer.member("Forwarded", isForwarded)
            writer.member("Notes", notes)
        }
    }
}

extension DNSExplanation.Instance {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("Node", node)
            writer.member("ServiceID", id)
            writer.member("Address", address)
            writer.member("Port", port)
            writer.member("Answered", isAnswered)
            writer.member("Reason", reason)
        }
    }
}

extension DNSExplanation.Reply {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("Transport", transport)
            writer.member("EDNS", offeredSize)
            writer.member("Fewest", fewest)
            writer.member("Most", most)
            writer.member("Truncated", isTruncated)
            writer.member("Limit", limit)
        }
    }
}

/// `/v1/agent/dns/…`: what Consul does not have.
extension API {
    static let agentDNSRoutes = [
        Route(.get, path: "/v1/agent/dns/explain") { api, request throws(APIFailure) in
            guard let name = request.query.first("name"), !name.isEmpty else {
                throw .badRequest("Missing name: write ?name=web.service.consul&type=A")
            }
            let type = request.query.first("type") ?? ""
            let explanation: DNSExplanation
            do throws(AgentFailure) {
                explanation = try api.control.explainDNS(
                    name: name,
                    type: type.isEmpty ? "A" : type
                )
            } catch {
                throw APIFailure(error)
            }
            return request.json { explanation.write(to: &$0) }
        }
    ]
}
