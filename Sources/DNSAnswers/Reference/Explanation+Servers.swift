// SPDX-License-Identifier: Apache-2.0
import DNSWire
import StateStore

/// The servers of the cluster, as name servers of the domain.
extension Explanation {
    /// NS, SOA and `ns.<domain>`: the servers of the cluster, of which three are named.
    mutating func explainServers(_ target: Target, _ context: LookupContext) {
        let settings = context.settings
        let all = context.snapshot.store.instances(ofService: ApexLookup.serverService).value
        let named = all.filter { Self.serverObstacle($0, context) == nil }.count
        let most = ApexLookup.maximumServers
        var drawn = ""
        if named > most {
            drawn = "; \(most) of \(named) are drawn"
            order = "which ones a reply carries is drawn at random"
        }
        var addresses: Set<RecordData> = []
        instances = all.map { instance in
            var obstacle = Self.serverObstacle(instance, context)
            if obstacle == nil, target == .primaryServer {
                let found = Self.addresses(ofServer: instance, context)
                addresses.formUnion(found)
                if found.isEmpty { obstacle = InstanceRecords.obstacle(type) }
            }
            let isBeside = target == .startOfAuthority ? "; in the authority section" : ""
            return Self.row(
                of: instance,
                isAnswered: obstacle == nil,
                reason: obstacle ?? Self.text(of: instance) + drawn + isBeside
            )
        }
        switch target {
        case .nameservers: candidates = answers.count + max(0, named - most)
        case .primaryServer: candidates = addresses.count
        default: break
        }
        if candidates > answers.count { formLimit = "\(most) name servers at most" }
        if settings.isStrict, target == .primaryServer, answers.isEmpty { candidates = 0 }
    }

    /// Why a server is not named; `nil` for one that may be.
    private static func serverObstacle(
        _ instance: InstanceView,
        _ context: LookupContext
    ) -> String? {
        let settings = context.settings
        guard ServiceLookup.isServed(instance, settings) else { return failing(instance) }
        guard ApexLookup.isNamed(instance, settings) else {
            return "its node's name is no host name"
        }
        let name = GeneratedNames.node(
            instance.node.name,
            datacenter: settings.datacenter,
            domain: context.domain
        )
        return name == nil ? "its node's name cannot be written" : nil
    }

    /// The addresses of a server's node that `ns.<domain>` answers to the type of a context.
    private static func addresses(
        ofServer instance: InstanceView,
        _ context: LookupContext
    ) -> [RecordData] {
        let type = context.type
        guard [.a, .aaaa, .any].contains(type) else { return [] }
        var context = context
        let records =
            type == .any && context.settings.isDualStack
            ? NodeLookup.bothRecords(of: instance.node, owner: context.name, in: &context)
            : NodeLookup.records(of: instance.node, owner: context.name, in: &context)
        return records.filter {
            [.a, .aaaa].contains($0.type) && (type == .any || $0.type == type)
        }
        .map(\.data)
    }
}
