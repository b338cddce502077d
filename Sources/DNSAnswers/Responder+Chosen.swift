// SPDX-License-Identifier: Apache-2.0
import Publication

// Address answers where not every instance has an address of the family, or two have the same:
// the instances are chosen first, one by one (spec/dns.md 3.2).
extension Responder {
    @inline(never)
    mutating func answerChosen(
        _ message: MessageOctets,
        _ route: Route,
        _ service: ServiceEntry,
        _ instances: MatchingInstances,
        _ room: ReplyRoom,
        _ family: AddressFamily
    ) -> Int {
        guard instances.count <= ChosenInstances.capacity else { return 0 }
        let chosen = scratch.chosen
        let limit = configuration.addressLimit
        var found = 0
        // Tried on a copy: whoever takes over begins with the same numbers.
        var generator = generator
        instances.pick(instances.count, with: permutation, using: &generator) { record in
            if found < limit, record.answers(family),
                !Self.isChosen(record, chosen, count: found, family)
            {
                chosen[found].record = record
                found &+= 1
            }
        }
        if found == 0 {
            self.generator = generator
            return answerNegative(message, route, .noError, room)
        }
        let budget = ReplyBudget(route, configuration, room)
        let nameLength = route.nameEnd &- 12
        var count = found
        var head = ReplyHead(code: .noError)
        if found > budget.plainLimit {
            count = budget.plainLimit
        }
        var length = route.nameEnd &+ 4
        for index in 0..<count { length &+= chosen[index].record.size(family) }
        let written = length
        // Cut to a number, sizes are counted without compression.
        if count < found { length &+= count &* (nameLength &- 2) }
        if route.flags.contains(.hasEDNS) { length &+= ReplyHead.optSize }
        // What has to be cut further is for the reference line.
        guard count <= 1 || length <= budget.limit,
            written &+ ReplyHead.optSize <= budget.capacity
        else { return 0 }
        self.generator = generator
        head.answers = count
        head.isCut = count < found
        return append(message, route, service, count: count, family, &head)
    }

    private mutating func append(
        _ message: MessageOctets,
        _ route: Route,
        _ service: ServiceEntry,
        count: Int,
        _ family: AddressFamily,
        _ head: inout ReplyHead
    ) -> Int {
        let v4 = AddressRecord.wordsV4(ttl: service.wireTTL)
        let v6 = AddressRecord.wordsV6(ttl: service.wireTTL)
        var end = route.nameEnd &+ 4
        for index in 0..<count {
            let record = scratch.chosen[index].record
            if record.isV6(family) {
                message.store(v6.first, at: end)
                message.store(v6.second, at: end &+ 8)
                message.store(record.wireV6, at: end &+ 12)
            } else {
                message.store(v4.first, at: end)
                message.store(v4.second | UInt64(record.wireV4) &<< 32, at: end &+ 8)
            }
            end &+= record.size(family)
        }
        return finish(message, route, &head, end: end)
    }

    private static func isChosen(
        _ record: InstanceRecord,
        _ chosen: ChosenInstances,
        count: Int,
        _ family: AddressFamily
    ) -> Bool {
        for index in 0..<count where chosen[index].record.hasSameAddress(as: record, family) {
            return true
        }
        return false
    }
}

extension InstanceRecord {
    fileprivate func isV6(_ family: AddressFamily) -> Bool {
        switch family {
        case .v4: false
        case .v6: true
        case .any: flags.contains(.anyIsV6)
        }
    }

    fileprivate func answers(_ family: AddressFamily) -> Bool {
        switch family {
        case .v4: flags.contains(.hasV4)
        case .v6: flags.contains(.hasV6)
        case .any: true
        }
    }

    fileprivate func size(_ family: AddressFamily) -> Int {
        isV6(family) ? AddressRecord.sizeV6 : AddressRecord.sizeV4
    }

    fileprivate func hasSameAddress(as other: InstanceRecord, _ family: AddressFamily) -> Bool {
        guard isV6(family) == other.isV6(family) else { return false }
        return isV6(family) ? wireV6 == other.wireV6 : wireV4 == other.wireV4
    }
}
