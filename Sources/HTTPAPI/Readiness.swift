// SPDX-License-Identifier: Apache-2.0
import HTTPTypes

/// Whether this agent is ready to answer, for those who start it, route to it or wait for it.
public struct Readiness: Hashable, Sendable {
    /// One thing that it takes.
    public struct Condition: Hashable, Sendable {
        /// What it is about: `state`, `dns`, `running`.
        public var name: String
        /// What is missing; empty when nothing is.
        public var problem: String

        /// Makes a condition.
        public init(_ name: String, problem: String = "") {
            self.name = name
            self.problem = problem
        }
    }

    /// All that it takes, in the order in which an agent gets there.
    public var conditions: [Condition]
    /// What does not keep it from answering, but should be looked at.
    public var warnings: [String]

    /// Makes a report.
    public init(_ conditions: [Condition] = [], warnings: [String] = []) {
        self.conditions = conditions
        self.warnings = warnings
    }

    /// Whether nothing is missing.
    public var isReady: Bool { conditions.allSatisfy(\.problem.isEmpty) }

    func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("Ready", isReady)
            writer.key("Conditions")
            writer.array(conditions) { writer, condition in
                writer.object { writer in
                    writer.member("Name", condition.name)
                    writer.member("Ready", condition.problem.isEmpty)
                    writer.member("Problem", condition.problem)
                }
            }
            writer.member("Warnings", warnings)
        }
    }
}

/// `/v1/agent/ready`: what Consul does not have; its users ask `/v1/status/leader`, which says nothing
/// of DNS.
extension API {
    static let agentReadyRoutes = [
        Route(.get, path: "/v1/agent/ready") { api, request throws(APIFailure) in
            let readiness = api.control.readiness()
            var reply = request.json(status: readiness.isReady ? .ok : .serviceUnavailable) {
                readiness.write(to: &$0)
            }
            reply.headers[.cacheControl] = "no-store"
            return reply
        }
    ]
}
