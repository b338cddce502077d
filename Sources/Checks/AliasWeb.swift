// SPDX-License-Identifier: Apache-2.0
import Definitions

extension LocalHealth {
    /// The states of the alias checks of this agent: of each the worst of the checks of its service
    /// and of the node's own (Consul API, "Alias"), itself left out.
    ///
    /// Where one alias looks at another, it has the state of what that one looks at, however far and
    /// in whatever circle: what aliases said before has no part in it. So an alias changes only
    /// when a check does that is none, and aliases that look at each other pass when nothing else
    /// that they look at fails. Consul takes their states as they are: such aliases stay critical
    /// once they are, and one at the node reads itself (`docs/divergences.md`).
    ///
    /// - Parameters:
    ///   - aliases: The service that each alias follows, by the ID of the alias; empty for the node.
    ///   - node: The name of the node.
    ///   - outputLimit: How many octets of the output of a failing check are shown at most.
    /// - Returns: The state of each alias, by its ID.
    public func verdicts(
        ofAliases aliases: [String: String],
        node: String,
        outputLimit: Int = .max
    ) -> [String: CheckResult] {
        var web = AliasWeb(self, aliases, node: node, outputLimit: outputLimit)
        return web.settle()
    }
}

/// Aliases, and what each looks at.
///
/// Critical states spread first, then warnings, each from the checks at which they begin. An alias
/// is settled once and a place spreads once for each of the two, so the work grows with the number
/// of checks and not with that of the ways between aliases.
private struct AliasWeb {
    private let aliases: [String: String]
    private let serviceIDs: Set<String>
    private let node: String
    private let outputLimit: Int
    /// The aliases that follow a service, by its ID.
    private var followers: [String: [String]] = [:]
    /// The aliases that are registered, as checks.
    private var standing: [String: LocalHealth.Check] = [:]
    /// The number of checks of each service, and of the node.
    private var counts: [String: Int] = [:]
    /// Of each service, and of the node, the check that is named, by status; no aliases.
    private var worst: [CheckStatus: [String: LocalHealth.Check]] = [:]
    private var settled: [String: CheckResult] = [:]

    init(
        _ health: LocalHealth,
        _ aliases: [String: String],
        node: String,
        outputLimit: Int
    ) {
        self.aliases = aliases
        self.node = node
        self.outputLimit = outputLimit
        serviceIDs = health.serviceIDs
        for id in aliases.keys.sorted() { followers[aliases[id] ?? "", default: []].append(id) }
        for check in health.checks {
            counts[check.serviceID, default: 0] += 1
            if aliases[check.id] != nil { standing[check.id] = check } else { note(check) }
        }
    }

    /// Consul: the first critical check is named, and the last one that warns; by ID here, so that
    /// the same one is named again.
    private mutating func note(_ check: LocalHealth.Check) {
        let status = check.state.status
        guard status == .critical || status == .warning else { return }
        if let named = worst[status]?[check.serviceID],
            (named.id < check.id) == (status == .critical)
        {
            return
        }
        worst[status, default: [:]][check.serviceID] = check
    }

    mutating func settle() -> [String: CheckResult] {
        spread(.critical)
        spread(.warning)
        for (id, service) in aliases where settled[id] == nil {
            var seen = counts[service] ?? 0
            if !service.isEmpty { seen += counts[""] ?? 0 }
            if let own = standing[id]?.serviceID, own.isEmpty || own == service { seen -= 1 }
            settled[id] = CheckResult(
                .passing,
                output: seen == 0 ? "No checks found." : "All checks passing."
            )
        }
        return settled
    }

    private mutating func spread(_ status: CheckStatus) {
        // First those that are so by themselves, then those that look at them.
        var queue: [String] = []
        for id in aliases.keys.sorted() where settled[id] == nil {
            guard let result = cause(status, of: aliases[id] ?? "") else { continue }
            settled[id] = result
            queue.append(id)
        }
        var places: Set<String> = []
        var next = 0
        while next < queue.count {
            let id = queue[next]
            next += 1
            guard let check = standing[id], let state = settled[id],
                places.insert(check.serviceID).inserted
            else { continue }
            // A check of the node is seen by all.
            let seeing =
                check.serviceID.isEmpty
                ? aliases.keys.sorted() : followers[check.serviceID] ?? []
            for other in seeing where settled[other] == nil {
                settled[other] = failing(check.name, state)
                queue.append(other)
            }
        }
    }

    /// The state that an alias of a service has because of checks that are no aliases; `nil` where
    /// none of them has that status.
    private func cause(_ status: CheckStatus, of service: String) -> CheckResult? {
        if status == .critical, !service.isEmpty, !serviceIDs.contains(service) {
            return CheckResult(
                .critical,
                output: "Service \(service) could not be found on node \(node)"
            )
        }
        let found = [service, ""].compactMap { worst[status]?[$0] }
        let named =
            status == .critical
            ? found.min { $0.id < $1.id } : found.max { $0.id < $1.id }
        return named.map { failing($0.name, $0.state) }
    }

    private func failing(_ name: String, _ state: CheckResult) -> CheckResult {
        var output = state.output
        if output.utf8.count > outputLimit {
            output = String(decoding: output.utf8.prefix(max(0, outputLimit)), as: UTF8.self)
        }
        return CheckResult(state.status, output: "Aliased check \"\(name)\" failing: \(output)")
    }
}
