// SPDX-License-Identifier: Apache-2.0
internal import Filtering

/// Which agents take an event up: regular expressions, matched anywhere in the text; empty ones
/// choose all.
public struct EventFilter: Hashable, Sendable {
    /// Matches the name of the agent's node.
    public var node: String
    /// Matches the name of a service of the agent.
    public var service: String
    /// Matches a tag of such a service.
    public var tag: String

    /// Makes a filter.
    public init(node: String = "", service: String = "", tag: String = "") {
        self.node = node
        self.service = service
        self.tag = tag
    }

    /// A service of an agent, as far as filters look at it.
    public struct Service: Hashable, Sendable {
        /// The name.
        public var name: String
        /// The tags.
        public var tags: [String]

        /// Makes a service.
        public init(name: String, tags: [String]) {
            self.name = name
            self.tags = tags
        }
    }

    /// What is wrong with it, in Consul's words; `nil` for a filter that can be used.
    public var problem: String? {
        if !tag.isEmpty, service.isEmpty {
            return "Cannot provide tag filter without service filter"
        }
        for (name, pattern) in [("node", node), ("service", service), ("tag", tag)] {
            do throws(RegularExpressionError) {
                _ = try RegularExpression(pattern)
            } catch { return "Invalid \(name) filter: \(error)" }
        }
        return nil
    }

    /// Whether an agent takes the event up; one whose filter cannot be read chooses nobody
    /// (Consul: shouldProcessUserEvent).
    ///
    /// - Parameters:
    ///   - name: the name of the agent's node.
    ///   - services: what is registered on the agent.
    /// - Returns: whether all patterns that are not empty match.
    public func chooses(node name: String, services: [Service]) -> Bool {
        do throws(RegularExpressionError) {
            if !node.isEmpty, !(try RegularExpression(node)).matches(name) { return false }
            guard !service.isEmpty else { return true }
            let servicePattern = try RegularExpression(service)
            let tagPattern = tag.isEmpty ? nil : try RegularExpression(tag)
            return services.contains { service in
                guard servicePattern.matches(service.name) else { return false }
                return tagPattern.map { service.tags.contains(where: $0.matches) } ?? true
            }
        } catch { return false }
    }
}
