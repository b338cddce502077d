// SPDX-License-Identifier: Apache-2.0
import Publication

// Measuring SRV replies that may be too large (spec/dns.md 3.6).
extension Responder {
    /// Sums what the chosen locations take, and cuts as Consul does.
    @inline(never)
    mutating func measureLocations(
        _ fit: inout LocationFit,
        _ route: Route,
        _ service: ServiceEntry,
        _ budget: ReplyBudget
    ) -> Bool {
        let base = route.nameEnd &+ 4
        let chosen = scratch.chosen
        let wasCut = fit.isCut
        let count = wasCut ? fit.count : fit.listed
        // Step 1 leaves sizes counted without compression.
        let ownerSize = wasCut ? route.nameEnd &- 12 : 2
        let opt = route.flags.contains(.hasEDNS) ? ReplyHead.optSize : 0
        var length = base &+ opt
        var whole = base
        for index in 0..<count {
            let target = targetSize(index, route)
            let glue =
                isRepeatedTarget(index, service)
                ? 0 : (wasCut ? target : 2) &+ 10 &+ chosen[index].record.anySize
            chosen[index].size = ownerSize &+ 16 &+ target &+ glue
            length &+= chosen[index].size
            whole &+= 18 &+ target &+ 12 &+ chosen[index].record.anySize
        }
        if !wasCut {
            // The whole reply: repeated glue is kept, metadata are there.
            guard let texts = textSize(count, service) else { return false }
            whole &+= texts &+ opt
            if count == fit.found, whole <= (count <= 1 ? budget.size : budget.limit) {
                fit.count = count
                fit.hasTexts = texts > 0
                return Self.fits(whole &- opt, opt: opt, budget)
            }
            if budget.isStream { return false }
            // Metadata go first, and each target has its glue once.
            fit.isCut = true
            fit.count = count
        }
        while fit.count > 1, length > budget.limit {
            fit.count =
                length &- budget.size > 100
                ? longestPrefix(fit.count, base &+ opt, budget) : fit.count &- 1
            length = base &+ opt &+ sum(fit.count)
        }
        // One location that is too large is for the reference line.
        return length <= budget.size && Self.fits(length &- opt, opt: opt, budget)
    }

    /// The octets of an SRV target with the domain.
    private mutating func targetSize(_ index: Int, _ route: Route) -> Int {
        let record = scratch.chosen[index].record
        let domain = route.nameEnd &- route.domainStart
        if record.flags.contains(.targetIsAddress) {
            let digits = record.flags.contains(.anyIsV6) ? 32 : 8
            return 1 &+ digits &+ configuration.addressSuffix.count &+ domain
        }
        return scratch.chosen[index].node.target.count &+ domain
    }

    /// Whether an earlier location has the same target: in a cut reply each target has its glue
    /// once.
    mutating func isRepeatedTarget(_ index: Int, _ service: ServiceEntry) -> Bool {
        guard service.flags.contains(.repeatsTargets) else { return false }
        return firstWithTarget(of: index) < index
    }

    /// The first location with the target of one.
    mutating func firstWithTarget(of index: Int) -> Int {
        let chosen = scratch.chosen
        for earlier in 0..<index
        where chosen[earlier].record.hasSameTarget(as: chosen[index].record) {
            return earlier
        }
        return index
    }

    /// What the metadata of the nodes takes; `nil` where it cannot be sent from here.
    private mutating func textSize(_ count: Int, _ service: ServiceEntry) -> Int? {
        guard service.flags.contains(.hasTexts), configuration.flags.contains(.addsTexts) else {
            return 0
        }
        let chosen = scratch.chosen
        var size = 0
        var namesNode = false
        var ownsLabels = false
        for index in 0..<count {
            let node = chosen[index].node
            // It has no target, or too many texts.
            if node.flags.contains(.isSlow) { return nil }
            let isAddress = chosen[index].record.flags.contains(.targetIsAddress)
            if !isAddress { namesNode = true }
            guard node.textCount > 0 else { continue }
            // Owner, type, class and TTL of each; the owner is a pointer.
            size &+= node.textSize &+ 10 &* node.textCount
            if isAddress, firstWithTexts(of: index, service) == index {
                // The node's name stands nowhere else: its label is written once.
                size &+= node.labelLength
                ownsLabels = true
            }
        }
        // `\4node` once, if no target has it.
        return size &+ (ownsLabels && !namesNode ? 5 : 0)
    }

    /// The first location on the node of one: there the owner of the node's texts is written.
    mutating func firstWithTexts(of index: Int, _ service: ServiceEntry) -> Int {
        guard service.flags.contains(.repeatsTargets) else { return index }
        let chosen = scratch.chosen
        // Two looks at one node may have found two entries, one without texts.
        for earlier in 0..<index
        where chosen[earlier].record.node == chosen[index].record.node
            && chosen[earlier].node.textCount > 0
        {
            return earlier
        }
        return index
    }

    private mutating func sum(_ count: Int) -> Int {
        var sum = 0
        for index in 0..<count { sum &+= scratch.chosen[index].size }
        return sum
    }

    /// How many locations fit with their glue.
    // The bisection of spec/dns.md 3.6: it stops early with less than ten octets to spare, and
    // every location has more.
    private mutating func longestPrefix(_ count: Int, _ base: Int, _ budget: ReplyBudget) -> Int {
        var length = base
        for index in 0..<count {
            length &+= scratch.chosen[index].size
            if length > budget.size { return index }
        }
        return count
    }
}

extension InstanceRecord {
    /// The octets of the address for ANY and SRV.
    var anySize: Int { flags.contains(.anyIsV6) ? 16 : 4 }
}
