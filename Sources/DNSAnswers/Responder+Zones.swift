// SPDX-License-Identifier: Apache-2.0
import CSockets
import Publication

// Names of static zones: which zone, which name of it, which reply (RFC 1034 §4.3.2, RFC 4592).
extension Responder {
    /// Routes a name that lies in a static zone whose apex has more than `least` labels; `nil` for
    /// one that does not.
    @inline(never)
    mutating func routeZone(
        _ message: MessageOctets,
        count: Int,
        moreThan least: Int,
        wireType: UInt16,
        _ route: Route
    ) -> RouteKind? {
        guard let zones = configuration.zones else { return nil }
        var place: ZoneTable.Place?
        let hash = hashName(message, zones, count: count, nameEnd: route.nameEnd) {
            if $0 > least { place = $1 }
        }
        guard let place else { return nil }
        // Zone transfers are not offered, in words of the reference line's.
        guard zones.zone(at: place).flags.contains(.isPrepared), wireType != WireType.axfr,
            wireType != WireType.ixfr
        else { return .slow }
        route.kind = .zone
        route.hash = hash
        route.zone = place
        unsafe csockets_prefetch(zones.slotAddress(hash: hash))
        return .fast
    }

    /// The hash of the name that was walked; zones that enclose it are told from the root on, with
    /// the labels of their apexes.
    @inline(__always)
    private mutating func hashName(
        _ message: MessageOctets,
        _ zones: ZoneTable,
        count: Int,
        nameEnd: Int,
        _ enclosing: (Int, ZoneTable.Place) -> Void
    ) -> UInt64 {
        let labels = scratch.labels
        let hashes = scratch.hashes
        let depths = zones.apexDepths
        var hash = zones.seed
        var depth = 0
        while depth < count {
            depth &+= 1
            let start = labels[count &- depth]
            hash = ZoneTable.hash(hash, adding: message, at: start)
            hashes[depth] = hash
            if depth < 64, depths &>> UInt64(truncatingIfNeeded: depth) & 1 != 0,
                let place = zones.zone(message, from: start, count: nameEnd &- start, hash: hash)
            {
                enclosing(depth, place)
            }
        }
        return hash
    }

    /// The second pass: the slot has arrived.
    @inline(never)
    mutating func locateZone(_ route: Route) {
        guard let zones = configuration.zones else { return }
        let name = unsafe zones.likelyNameAddress(hash: route.hash)
        unsafe csockets_prefetch(name)
        unsafe csockets_prefetch(name + 64)
        // Replies stand before their names.
        unsafe csockets_prefetch(name - 64)
    }

    /// The third pass.
    @inline(never)
    mutating func answerZone(_ message: MessageOctets, _ route: Route, _ room: ReplyRoom) -> Int {
        guard let zones = configuration.zones else { return 0 }
        let found = zones.name(
            message,
            from: 12,
            count: route.nameEnd &- 12,
            hash: route.hash
        )
        if let found {
            let choice = zones.name(at: found).reply(route.wireType)
            if choice == .handOver { return 0 }
            if choice != .noData {
                let reply = zones.reply(choice)
                // Most replies do not look at the question's labels.
                if reply.stepCount == 1 { return repeatPrepared(reply, message, route, 0, room) }
            }
        }
        let count = walkAgain(message)
        let zone = zones.zone(at: route.zone)
        var choice = found.map { zones.name(at: $0).reply(route.wireType) } ?? .nameError
        if found == nil {
            choice = replyBelow(message, zones, zone, count: count, route)
        }
        if choice == .noData || choice == .nameError { choice = zone.negative(choice) }
        if choice == .handOver { return 0 }
        return repeatPrepared(zones.reply(choice), message, route, count, room)
    }

    /// What the closest encloser of a missing name says: a zone cut, a wildcard below it, or that
    /// there is no such name.
    @inline(__always)
    private mutating func replyBelow(
        _ message: MessageOctets,
        _ zones: ZoneTable,
        _ zone: PreparedZone,
        count: Int,
        _ route: Route
    ) -> ReplyChoice {
        let labels = scratch.labels
        let hashes = scratch.hashes
        var depth = 0
        var hash = zones.seed
        while depth < count {
            depth &+= 1
            hash = ZoneTable.hash(hash, adding: message, at: labels[count &- depth])
            hashes[depth] = hash
        }
        depth = count
        let apex = zone.depth
        while depth > apex {
            depth &-= 1
            let start = labels[count &- depth]
            guard
                let place = zones.name(
                    message,
                    from: start,
                    count: route.nameEnd &- start,
                    hash: hashes[depth]
                )
            else { continue }
            let encloser = zones.name(at: place)
            if encloser.isCut { return encloser.others }
            guard let wildcard = encloser.wildcard else { return .nameError }
            return zones.name(at: wildcard).reply(route.wireType)
        }
        // The apex is in the table.
        return .handOver
    }

    /// What a static zone says to a name of a domain that the catalog does not know; `nil` where
    /// none has it and the catalog's own name error stands.
    @inline(never)
    mutating func answerBesideCatalog(
        _ message: MessageOctets,
        _ route: Route,
        _ room: ReplyRoom
    ) -> Int? {
        guard let zones = configuration.zones else { return 0 }
        let count = walkAgain(message)
        var place: ZoneTable.Place?
        let hash = hashName(message, zones, count: count, nameEnd: route.nameEnd) { place = $1 }
        guard let place else { return zones.hasRootZone ? 0 : nil }
        let zone = zones.zone(at: place)
        guard zone.flags.contains(.isPrepared) else { return 0 }
        let found = zones.name(message, from: 12, count: route.nameEnd &- 12, hash: hash)
        let choice =
            found.map { zones.name(at: $0).reply(route.wireType) }
            ?? replyBelow(message, zones, zone, count: count, route)
        if choice == .nameError { return nil }
        if route.wireType == WireType.ixfr { return 0 }
        switch choice {
        case .handOver: return 0
        case .noData:
            // A domain has one SOA, the catalog's.
            if zone.flags.contains(.isDomain) {
                return answerNegative(message, route, .noError, room)
            }
            let negative = zone.negative(.noData)
            return negative == .handOver
                ? 0 : repeatPrepared(zones.reply(negative), message, route, count, room)
        default: return repeatPrepared(zones.reply(choice), message, route, count, room)
        }
    }

    /// Whether a static zone of the domain lies below the name, or its table has the name.
    @inline(never)
    mutating func isAboveZone(_ message: MessageOctets, _ route: Route) -> Bool {
        guard let zones = configuration.zones else { return true }
        let count = walkAgain(message)
        let hash = hashName(message, zones, count: count, nameEnd: route.nameEnd) { _, _ in }
        return zones.name(message, from: 12, count: route.nameEnd &- 12, hash: hash) != nil
    }

    /// Notes anew where the labels of a name begin that was walked in the first pass.
    @inline(__always)
    private mutating func walkAgain(_ message: MessageOctets) -> Int {
        let labels = scratch.labels
        var offset = 12
        var count = 0
        while true {
            labels[count] = offset
            let octet = Int(message.octet(offset))
            if octet == 0 { return count }
            count &+= 1
            offset &+= octet &+ 1
        }
    }
}
