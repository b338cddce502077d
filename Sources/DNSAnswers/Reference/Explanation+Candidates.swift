// SPDX-License-Identifier: Apache-2.0
import DNSWire
import StateStore

/// Which of the instances that a name matches and that are well give records, and which of these
/// get into a reply.
extension Explanation {
    /// An instance that a name or a prepared query matches.
    struct Candidate: Sendable {
        /// The instance.
        let instance: InstanceView
        /// What keeps it out, whatever its addresses are; `nil` for nothing.
        let obstacle: String?
        /// What is said of it where it is answered.
        let reason: String
    }

    /// The order in which candidates are answered.
    struct Order: Sendable {
        /// The candidates, those first that always come before the others.
        let groups: [[InstanceView]]
        /// Which ones a reply carries that does not carry all.
        let text: String
        /// What is said of one that others always come before.
        let reason: String
        /// The name of a node whose instance may come before all groups, folded.
        let promoted: String

        /// The order of the service forms: random, or by weight.
        static func drawn(_ candidates: [Candidate], _ context: LookupContext) -> Order {
            let chosen = candidates.filter { $0.obstacle == nil }.map(\.instance)
            let heavy = chosen.filter { WeightedOrder.weight(of: $0) > 0 }
            let isWeighted =
                context.settings.weightsAddresses && context.type != .srv
                && Set(chosen.map(WeightedOrder.weight(of:))).count > 1
            guard isWeighted else { return random(chosen) }
            let light = chosen.filter { WeightedOrder.weight(of: $0) == 0 }
            return Order(
                groups: [heavy, light],
                text: "which ones a reply carries is drawn by weight; weight 0 comes last",
                reason: "weight 0 comes last",
                promoted: ""
            )
        }

        /// The order of a prepared query: by distance from a node, or random.
        static func executed(
            _ candidates: [Candidate],
            near: String,
            _ context: LookupContext
        ) -> Order {
            let chosen = candidates.filter { $0.obstacle == nil }.map(\.instance)
            // Whose place counts for `_ip` is not known here.
            if near == "_ip" {
                return Order(
                    groups: [chosen],
                    text: "those nearest to the client come first, if its address is a node's",
                    reason: "",
                    promoted: ""
                )
            }
            let place = near == "_agent" ? context.settings.nodeName : near
            let store = context.snapshot.store
            let order = { (rows: [Int]) in
                store.sorted(rows, byDistanceFrom: place) { chosen[$0].node.name }
            }
            guard let forwards = order(Array(chosen.indices)),
                let backwards = order(chosen.indices.reversed())
            else { return random(chosen) }
            // Those as far as one another keep the order that they were given in: the sum of both
            // places is the same for all of them, and another one for others.
            var places = [Int](repeating: 0, count: chosen.count)
            for (place, index) in forwards.enumerated() { places[index] += place }
            for (place, index) in backwards.enumerated() { places[index] += place }
            let groups = Dictionary(grouping: chosen.indices) { places[$0] }
                .sorted { $0.key < $1.key }
                .map { $0.value.map { chosen[$0] } }
            return Order(
                groups: groups,
                text: "those nearest to \(place) come first",
                reason: "others are nearer to \(place)",
                promoted: place.lowercased()
            )
        }

        private static func random(_ chosen: [InstanceView]) -> Order {
            Order(
                groups: [chosen],
                text: "which ones a reply carries is drawn at random",
                reason: "",
                promoted: ""
            )
        }
    }

    /// Lists candidates with what each gives to the answer.
    mutating func list(_ candidates: [Candidate], in order: Order, _ context: LookupContext) {
        self.order = order.text
        let records = candidates.map {
            $0.obstacle == nil ? InstanceRecords(of: $0.instance, in: context) : nil
        }
        var aliases: Set<DomainName> = []
        var owners: [InstanceRecords: Candidate] = [:]
        var hasAddresses = false
        for (candidate, record) in zip(candidates, records) {
            switch record {
            case .addresses, .location:
                hasAddresses = true
                if let record, owners[record] == nil { owners[record] = candidate }
            case .unasked: hasAddresses = true
            case .alias(let name): aliases.insert(name)
            case .nothing, nil: break
            }
        }
        let last = lastOnes(order, context)
        instances = zip(candidates, records).map { candidate, record in
            let instance = candidate.instance
            let identity = Self.identity(instance)
            var obstacle = candidate.obstacle
            var more = ""
            switch record {
            case .nothing(let reason): obstacle = reason
            case .unasked: obstacle = Self.noSuchType
            case .alias where hasAddresses: obstacle = "a host name gives way to addresses"
            case .alias where aliases.count > 1:
                more = "; one of \(aliases.count) host names a reply"
            case .addresses where last.contains(identity):
                obstacle = "\(order.reason), and dns_config.a_record_limit lets no more in"
            case .addresses, .location:
                guard let owner = record.flatMap({ owners[$0] })?.instance,
                    Self.identity(owner) != identity
                else { break }
                more = "; its record is that of \(owner.node.name)/\(owner.service.id)"
            case .alias, nil: break
            }
            return Self.row(
                of: instance,
                address: record?.address,
                isAnswered: obstacle == nil,
                reason: obstacle ?? candidate.reason + more
            )
        }
    }

    /// Those that `a_record_limit` never lets in, since so many others always come before them.
    private func lastOnes(_ order: Order, _ context: LookupContext) -> Set<[String]> {
        let limit = context.settings.aRecordLimit
        guard limit > 0, type != .srv else { return [] }
        var seen: Set<IPAddress> = []
        var last: Set<[String]> = []
        for group in order.groups {
            let isFull = seen.count >= limit
            for instance in group {
                guard case .addresses(let addresses) = InstanceRecords(of: instance, in: context)
                else { continue }
                let isPromoted = instance.node.name.lowercased() == order.promoted
                if !isFull {
                    seen.formUnion(addresses)
                } else if !isPromoted, seen.isDisjoint(with: addresses) {
                    last.insert(Self.identity(instance))
                }
            }
        }
        return last
    }
}
