// SPDX-License-Identifier: Apache-2.0
import CSockets
import Publication

// SRV answers of service forms (spec/dns.md 2.4–2.6): choose, measure if need be, encode.
extension Responder {
    @inline(never)
    mutating func answerLocations(
        _ message: MessageOctets,
        _ route: Route,
        _ service: ServiceEntry,
        _ instances: MatchingInstances,
        _ budget: ReplyBudget
    ) -> Int {
        let flags = service.flags
        if flags.contains(.hasSlowLocations) { return 0 }
        let plan = LocationPlan(instances.count, flags, configuration, budget)
        guard plan.isPossible else { return 0 }
        let chosen = scratch.chosen
        let pages = pages
        // A node is needed for its name, or for its texts.
        let needsNodes = flags.contains(.hasTexts)
            && (instances.count <= budget.plainLimit || flags.contains(.repeatsLocations))
        var generator = generator
        var found = 0
        permutation.pick(plan.visits, of: instances.count, using: &generator) { ordinal in
            let record = instances[ordinal]
            chosen[found] = record
            if needsNodes || !record.flags.contains(.targetIsAddress) {
                let node = NodeEntry(pages[record.node])
                chosen.setNode(found, node)
                unsafe csockets_prefetch(node.address)
            }
            found &+= 1
        }
        if flags.contains(.repeatsLocations) { found = dropRepeated(found) }
        var fit = LocationFit(
            found: flags.contains(.repeatsLocations) ? found : instances.count,
            listed: found)
        guard fitLocations(&fit, route, service, budget) else { return 0 }
        self.generator = generator
        return appendLocations(message, route, service, fit)
    }

    /// Keeps the first of equal locations (spec/dns.md 3.2); returns how many there are.
    @inline(never)
    private func dropRepeated(_ count: Int) -> Int {
        let chosen = scratch.chosen
        var kept = 0
        for index in 0..<count {
            let record = chosen[index]
            var isRepeated = false
            for earlier in 0..<kept
            where chosen[earlier].node == record.node && chosen[earlier].wirePort == record.wirePort
                && chosen[earlier].hasSameTarget(as: record)
            {
                isRepeated = true
                break
            }
            if isRepeated { continue }
            chosen[kept] = record
            chosen.setNode(kept, chosen.node(index))
            kept &+= 1
        }
        return kept
    }

    /// Decides how many locations are sent, and what beside them.
    @inline(__always)
    private func fitLocations(
        _ fit: inout LocationFit,
        _ route: Route,
        _ service: ServiceEntry,
        _ budget: ReplyBudget
    ) -> Bool {
        let base = Int(route.nameEnd) &+ 4
        let domainLength = Int(route.nameEnd) &- Int(route.domainStart)
        let nameLength = Int(route.nameEnd) &- 12
        let flags = service.flags
        fit.glue = flags.contains(.someAnyV6) ? 28 : 16
        let target = service.widestTarget &+ domainLength
        if fit.found > budget.plainLimit {
            // Cut to the limit: glue stays, metadata and OPT go; sizes without compression.
            fit.count = budget.plainLimit
            fit.isCut = true
            let most = nameLength &+ 16 &+ target &+ target &+ fit.glue &- 2
            fit.room = fit.count &* (18 &+ target &+ fit.glue)
            if fit.count <= 1 || base &+ fit.count &* most <= budget.limit {
                return fits(fit, base, budget)
            }
        } else if !flags.contains(.hasTexts) || !configuration.flags.contains(.addsTexts) {
            fit.count = fit.found
            fit.room = fit.count &* (18 &+ target &+ fit.glue)
            let opt = route.flags.contains(.hasEDNS) ? ReplyHead.optSize : 0
            if fit.listed == fit.found,
                base &+ fit.room &+ opt <= budget.limit || fit.count <= 1
            {
                return fits(fit, base, budget)
            }
        }
        return measureLocations(&fit, route, service, budget)
    }

    /// Whether the reply can be written: the upper bound of its size is known.
    @inline(__always)
    func fits(_ fit: LocationFit, _ base: Int, _ budget: ReplyBudget) -> Bool {
        // Names behind 16,384 octets cannot be pointed at.
        base &+ fit.room &+ (fit.isCut ? 0 : ReplyHead.optSize) <= budget.capacity
            && base &+ fit.room < 0x4000
    }
}

/// How many instances have to be looked at to answer SRV.
struct LocationPlan {
    let visits: Int
    let isPossible: Bool

    @inline(__always)
    init(
        _ count: Int,
        _ flags: ServiceEntry.Flags,
        _ configuration: ViewConfiguration,
        _ budget: ReplyBudget
    ) {
        if flags.contains(.repeatsLocations) {
            // Every one may be equal to an earlier one.
            visits = count
        } else if count > budget.plainLimit {
            visits = budget.plainLimit
        } else {
            // The smallest location has more than 28 octets: that many are more than fit, and a
            // prefix that was never measured is over the limit.
            visits = min(count, (budget.size &+ 100) / 28 &+ 2)
        }
        let mostRepeats = 128
        isPossible = visits <= ChosenInstances.capacity
            && (visits <= mostRepeats
                || flags.isDisjoint(with: [.repeatsLocations, .repeatsTargets]))
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
    /// The upper bound of what is appended, without OPT.
    var room = 0
    /// The size of the largest glue record.
    var glue = 0
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
