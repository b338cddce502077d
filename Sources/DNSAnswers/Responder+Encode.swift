// SPDX-License-Identifier: Apache-2.0
import Publication

// Encoding SRV replies: all locations, then per instance glue and metadata.
extension Responder {
    @inline(__always)
    func appendLocations(
        _ message: MessageOctets,
        _ route: Route,
        _ service: ServiceEntry,
        _ fit: LocationFit
    ) -> Int {
        var end = Int(route.nameEnd) &+ 4
        let chosen = scratch.chosen
        let targets = chosen.targets
        let ttl = service.wireTTL
        let domain = DomainTail(message, route)
        let suffix = configuration.addressSuffix
        // `C00C 0021 0001 tttt`, then `tttt llll 0001`, weight and port, the target.
        let first: UInt64 = 0x0000_0100_2100_0cc0 | UInt64(ttl & 0xffff) &<< 48
        let second: UInt64 = 0x0100_0000_0000 | UInt64(ttl &>> 16)
        var index = 0
        while index < fit.count {
            let record = chosen[index]
            message.store(first, at: end)
            let target = end &+ 18
            var size: Int
            if record.flags.contains(.targetIsAddress) {
                size = HexLabel.append(record, to: message, at: target)
                message.copy(suffix, to: target &+ size)
                size &+= suffix.count
            } else {
                let name = chosen.node(index).target
                message.copy(name, to: target)
                size = name.count
            }
            domain.copy(in: message, to: target &+ size)
            size &+= domain.count
            let dataLength = UInt16(truncatingIfNeeded: 6 &+ size).byteSwapped
            message.store(second | UInt64(dataLength) &<< 16, at: end &+ 8)
            message.store(record.wireWeightAndPort, at: end &+ 14)
            targets[index] = target
            end = target &+ size
            index &+= 1
        }
        var head = ReplyHead(code: .noError)
        head.answers = fit.count
        head.isCut = fit.count < fit.found
        head.losesOPT = fit.isCut
        if fit.hasTexts || service.flags.contains(.repeatsTargets) {
            end = appendAdditionals(message, route, service, fit, at: end, &head)
        } else {
            end = appendGlue(message, fit.count, ttl: ttl, at: end)
            head.additionals = fit.count
        }
        return finish(message, route, &head, end: end)
    }

    /// One address for each location.
    @inline(__always)
    private func appendGlue(
        _ message: MessageOctets,
        _ count: Int,
        ttl: UInt32,
        at start: Int
    ) -> Int {
        let chosen = scratch.chosen
        let targets = chosen.targets
        let glue = GlueRecord(ttl: ttl)
        var end = start
        var index = 0
        while index < count {
            end = glue.append(chosen[index], owner: targets[index], to: message, at: end)
            index &+= 1
        }
        return end
    }

    /// Glue where targets repeat, and metadata.
    @inline(never)
    private func appendAdditionals(
        _ message: MessageOctets,
        _ route: Route,
        _ service: ServiceEntry,
        _ fit: LocationFit,
        at start: Int,
        _ head: inout ReplyHead
    ) -> Int {
        let chosen = scratch.chosen
        let glue = GlueRecord(ttl: service.wireTTL)
        var names = NodeNamePlaces()
        names.find(chosen, count: fit.count)
        var end = start
        for index in 0..<fit.count {
            let first = service.flags.contains(.repeatsTargets) ? firstWithTarget(of: index) : index
            // A cut reply has the glue of each target once; an uncut one repeats it.
            if first == index || !fit.isCut {
                end = glue.append(
                    chosen[index], owner: chosen.targets[first], to: message, at: end)
                head.additionals &+= 1
            }
            guard fit.hasTexts else { continue }
            let node = chosen.node(index)
            if node.textCount == 0 { continue }
            end = appendTexts(
                message, route, node, index: index, first: first, service, &names, at: end)
            head.additionals &+= node.textCount
        }
        return end
    }

    /// The metadata of a location's node under the node's name (spec/dns.md 2.6).
    private func appendTexts(
        _ message: MessageOctets,
        _ route: Route,
        _ node: NodeEntry,
        index: Int,
        first: Int,
        _ service: ServiceEntry,
        _ names: inout NodeNamePlaces,
        at start: Int
    ) -> Int {
        let chosen = scratch.chosen
        var end = start
        var owner = chosen.targets[first]
        var isWritten = true
        if chosen[index].flags.contains(.targetIsAddress) {
            let earlier = firstWithTexts(of: index, service)
            isWritten = earlier < index
            owner = isWritten ? chosen.owners[earlier] : end
            chosen.owners[index] = owner
        }
        node.forEachText { text in
            if isWritten {
                message.store(
                    UInt16(truncatingIfNeeded: 0xc000 | owner).byteSwapped, at: end)
                end &+= 2
            } else {
                end = names.append(
                    message, route, node, firstTarget: chosen.targets[0],
                    firstSize: chosen[0].addressLabelSize, at: end)
                isWritten = true
            }
            // TYPE 16, CLASS 1, TTL; then RDLENGTH and RDATA.
            message.store(0x0100_1000 as UInt32, at: end)
            message.store(service.wireTTL, at: end &+ 4)
            message.copy(text, to: end &+ 8)
            end &+= 8 &+ text.count
        }
        return end
    }
}

/// The domain of the question, which every generated name ends in, in the question's spelling
/// (spec/dns.md 1.6).
struct DomainTail {
    let count: Int
    private let start: Int
    private let octets: SIMD16<UInt8>

    @inline(__always)
    init(_ message: MessageOctets, _ route: Route) {
        start = Int(route.domainStart)
        count = Int(route.nameEnd) &- start
        octets = message.word128(start)
    }

    @inline(__always)
    func copy(in message: MessageOctets, to offset: Int) {
        if count <= 16 {
            message.store(octets, at: offset)
        } else {
            message.copy(from: start, count: count, to: offset)
        }
    }
}

/// An address record of an SRV target.
struct GlueRecord {
    private let v4: (first: UInt64, second: UInt64)
    private let v6: (first: UInt64, second: UInt64)

    @inline(__always)
    init(ttl: UInt32) {
        v4 = AddressRecord.wordsV4(ttl: ttl)
        v6 = AddressRecord.wordsV6(ttl: ttl)
    }

    /// Appends the address of an instance under the name at `owner`; returns the end.
    @inline(__always)
    func append(
        _ record: InstanceRecord,
        owner: Int,
        to message: MessageOctets,
        at end: Int
    ) -> Int {
        let pointer = UInt64(UInt16(truncatingIfNeeded: 0xc000 | owner).byteSwapped)
        if record.flags.contains(.anyIsV6) {
            message.store(v6.first & ~0xffff | pointer, at: end)
            message.store(v6.second, at: end &+ 8)
            message.store(record.wireV6, at: end &+ 12)
            return end &+ AddressRecord.sizeV6
        }
        message.store(v4.first & ~0xffff | pointer, at: end)
        message.store(v4.second | UInt64(record.wireV4) &<< 32, at: end &+ 8)
        return end &+ AddressRecord.sizeV4
    }
}
