// SPDX-License-Identifier: Apache-2.0
import CSockets
import Publication

// SRV answers of service forms (spec/dns.md 2.4–2.6): choose, measure if need be, encode.
extension Responder {
    /// Answers at once what surely fits and has nothing beside it but one address a location;
    /// leaves the rest to ``answerMeasured(_:_:_:_:_:)``.
    @inline(never)
    mutating func answerLocations(
        _ message: MessageOctets,
        _ route: Route,
        _ service: ServiceEntry,
        _ instances: MatchingInstances,
        _ room: ReplyRoom
    ) -> Int {
        let flags = service.flags
        if flags.contains(.hasSlowLocations) { return 0 }
        let budget = ReplyBudget(route, configuration, room)
        let found = instances.count
        let isCut = found > budget.plainLimit
        let count = isCut ? budget.plainLimit : found
        let base = route.nameEnd &+ 4
        let target = service.widestTarget &+ route.nameEnd &- route.domainStart
        let glue = flags.contains(.someAnyV6) ? AddressRecord.sizeV6 : AddressRecord.sizeV4
        // An upper bound of what is appended; in a cut reply it is counted without compression.
        let most = count &* (18 &+ target &+ glue)
        let counted = isCut ? count &* (route.nameEnd &+ 2 &+ 2 &* target &+ glue) : most
        let opt = route.flags.contains(.hasEDNS) ? ReplyHead.optSize : 0
        let odd: ServiceEntry.Flags =
            isCut || !configuration.flags.contains(.addsTexts)
            ? [.repeatsLocations, .repeatsTargets]
            : [.repeatsLocations, .repeatsTargets, .hasTexts]
        guard flags.isDisjoint(with: odd), count <= ChosenInstances.capacity,
            base &+ counted &+ opt <= budget.limit,
            Self.fits(base &+ most, opt: opt, budget)
        else { return answerMeasured(message, route, service, instances, room) }
        let chosen = scratch.chosen
        var generator = generator
        instances.list(
            count,
            in: chosen,
            nodesFrom: pages,
            with: permutation,
            using: &generator
        )
        self.generator = generator
        var end = appendLocations(message, route, service, count)
        let record = GlueRecord(ttl: service.wireTTL)
        let hasV6 = flags.contains(.someAnyV6)
        var index = 0
        while index < count {
            let instance = chosen[index]
            end = record.append(
                instance.record,
                isV6: hasV6 && instance.record.flags.contains(.anyIsV6),
                owner: instance.target,
                to: message,
                at: end
            )
            index &+= 1
        }
        var head = ReplyHead(code: .noError)
        head.answers = count
        head.additionals = count
        head.isCut = isCut
        return finish(message, route, &head, end: end)
    }

    /// Whether a reply of this length can be written here.
    @inline(__always)
    static func fits(_ length: Int, opt: Int, _ budget: ReplyBudget) -> Bool {
        // Names behind 16,384 octets cannot be pointed at.
        length &+ opt <= budget.capacity && length < 0x4000
    }

    /// Answers what has metadata beside it, repeats itself, or has to be cut to size.
    @inline(never)
    mutating func answerMeasured(
        _ message: MessageOctets,
        _ route: Route,
        _ service: ServiceEntry,
        _ instances: MatchingInstances,
        _ room: ReplyRoom
    ) -> Int {
        let budget = ReplyBudget(route, configuration, room)
        let flags = service.flags
        guard let visits = Self.visits(instances.count, flags, budget) else { return 0 }
        let hasTexts = flags.contains(.hasTexts) && configuration.flags.contains(.addsTexts)
        var generator = generator
        instances.list(
            visits,
            in: scratch.chosen,
            nodesFrom: pages,
            needsNodes: hasTexts,
            with: permutation,
            using: &generator
        )
        self.generator = generator
        var fit = LocationFit(found: instances.count, listed: visits)
        if flags.contains(.repeatsLocations) {
            fit.listed = dropRepeated(visits)
            fit.found = fit.listed
        }
        if fit.found > budget.plainLimit {
            // Cut to the limit: glue stays, metadata go.
            fit.count = budget.plainLimit
            fit.isCut = true
        }
        guard measureLocations(&fit, route, service, budget) else { return 0 }
        let end = appendLocations(message, route, service, fit.count)
        return appendAdditionals(message, route, service, fit, at: end)
    }

    /// How many instances have to be looked at; `nil` where it takes the reference line.
    private static func visits(
        _ count: Int,
        _ flags: ServiceEntry.Flags,
        _ budget: ReplyBudget
    ) -> Int? {
        var visits = count
        if flags.contains(.repeatsLocations) {
            // Every one may be equal to an earlier one.
        } else if count > budget.plainLimit {
            visits = budget.plainLimit
        } else {
            // The smallest location has more than 28 octets: that many are more than fit, and a
            // prefix that was never measured is over the limit.
            visits = min(count, (budget.size &+ 100) / 28 &+ 2)
        }
        // Repetitions are searched for one by one.
        let repeats: ServiceEntry.Flags = [.repeatsLocations, .repeatsTargets]
        let most = flags.isDisjoint(with: repeats) ? ChosenInstances.capacity : 128
        return visits <= most ? visits : nil
    }

    /// Keeps the first of equal locations (spec/dns.md 3.2); returns how many there are.
    @inline(never)
    private mutating func dropRepeated(_ count: Int) -> Int {
        let chosen = scratch.chosen
        var kept = 0
        for index in 0..<count {
            let record = chosen[index].record
            var isRepeated = false
            for earlier in 0..<kept
            where chosen[earlier].record.isSameLocation(as: record) {
                isRepeated = true
                break
            }
            if isRepeated { continue }
            chosen[kept].record = record
            chosen[kept].node = chosen[index].node
            kept &+= 1
        }
        return kept
    }
}

/// What an SRV reply consists of.
struct LocationFit {
    /// How many locations there are.
    var found: Int
    /// How many of them were chosen and listed.
    var listed: Int
    /// How many are sent.
    var count = 0
    /// Whether all that is no glue was dropped.
    var isCut = false
    /// Whether metadata is sent.
    var hasTexts = false

    @inline(__always)
    init(found: Int, listed: Int) {
        self.found = found
        self.listed = listed
    }
}

extension MatchingInstances {
    /// Lists `n` instances in the order of the answer, and asks the cache for their nodes: a node
    /// is needed for its name, or for its texts.
    @inline(__always)
    fileprivate func list(
        _ n: Int,
        in chosen: ChosenInstances,
        nodesFrom pages: EntryPages,
        needsNodes: Bool = false,
        with permutation: borrowing Permutation,
        using generator: inout Generator
    ) {
        var found = 0
        pick(n, with: permutation, using: &generator) { record in
            chosen[found].record = record
            if needsNodes || !record.flags.contains(.targetIsAddress) {
                let node = NodeEntry(pages[record.node])
                chosen[found].node = node
                unsafe csockets_prefetch(node.address)
            }
            found &+= 1
        }
    }
}
