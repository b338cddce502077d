// SPDX-License-Identifier: Apache-2.0
import Publication

// Encoding SRV replies: all locations, then per instance glue and metadata.
extension Responder {
    /// Appends the first `count` locations, and notes where their targets stand; returns the end.
    @inline(__always)
    mutating func appendLocations(
        _ message: MessageOctets,
        _ route: Route,
        _ service: ServiceEntry,
        _ count: Int
    ) -> Int {
        let start = route.domainStart
        let domainLength = route.nameEnd &- start
        // Most domains are short: their octets stay in a register.
        if domainLength <= 16 {
            let octets = message.word128(start)
            return appendLocations(message, route, service, count, domainLength: domainLength) {
                message.store(octets, at: $0)
            }
        }
        return appendLongLocations(message, route, service, count)
    }

    @inline(never)
    private mutating func appendLongLocations(
        _ message: MessageOctets,
        _ route: Route,
        _ service: ServiceEntry,
        _ count: Int
    ) -> Int {
        let start = route.domainStart
        let length = route.nameEnd &- start
        return appendLocations(message, route, service, count, domainLength: length) {
            message.copy(from: start, count: length, to: $0)
        }
    }

    /// The same with the one thing that depends on the domain: how it is put behind a target, in
    /// the spelling of the question (spec/dns.md 1.6).
    @inline(__always)
    private mutating func appendLocations(
        _ message: MessageOctets,
        _ route: Route,
        _ service: ServiceEntry,
        _ count: Int,
        domainLength: Int,
        appendDomain: (Int) -> Void
    ) -> Int {
        var end = route.nameEnd &+ 4
        let chosen = scratch.chosen
        let ttl = service.wireTTL
        // `C00C 0021 0001 tttt`, then `tttt llll 0001`, weight and port, the target.
        let first: UInt64 = 0x0000_0100_2100_0cc0 | UInt64(ttl & 0xffff) &<< 48
        let second: UInt64 = 0x0100_0000_0000 | UInt64(ttl &>> 16)
        var index = 0
        while index < count {
            let instance = chosen[index]
            let record = instance.record
            message.store(first, at: end)
            let target = end &+ 18
            instance.target = target
            let size: Int
            if record.flags.contains(.targetIsAddress) {
                size = appendAddress(of: record, to: message, at: target)
            } else {
                let name = instance.node.target
                message.copy(name, to: target)
                size = name.count
            }
            appendDomain(target &+ size)
            let length = size &+ domainLength
            let dataLength = UInt16(truncatingIfNeeded: 6 &+ length).byteSwapped
            message.store(second | UInt64(dataLength) &<< 16, at: end &+ 8)
            message.store(record.wireWeightAndPort, at: end &+ 14)
            end = target &+ length
            index &+= 1
        }
        return end
    }

    /// Appends `\8hhhhhhhh\4addr\3dc1`; returns how many octets that are.
    @inline(never)
    private mutating func appendAddress(
        of record: InstanceRecord,
        to message: MessageOctets,
        at offset: Int
    ) -> Int {
        let suffix = configuration.addressSuffix
        let size = HexLabel.append(record, to: message, at: offset)
        message.copy(suffix, to: offset &+ size)
        return size &+ suffix.count
    }

    /// Appends glue and metadata, and ends the reply; returns its length.
    @inline(never)
    mutating func appendAdditionals(
        _ message: MessageOctets,
        _ route: Route,
        _ service: ServiceEntry,
        _ fit: LocationFit,
        at start: Int
    ) -> Int {
        var head = ReplyHead(code: .noError)
        head.answers = fit.count
        head.isCut = fit.count < fit.found
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
                    chosen[index].record,
                    isV6: chosen[index].record.flags.contains(.anyIsV6),
                    owner: chosen[first].target,
                    to: message,
                    at: end
                )
                head.additionals &+= 1
            }
            guard fit.hasTexts else { continue }
            let node = chosen[index].node
            if node.textCount == 0 { continue }
            end = appendTexts(
                message,
                route,
                node,
                index: index,
                first: first,
                service,
                &names,
                at: end
            )
            head.additionals &+= node.textCount
        }
        return finish(message, route, &head, end: end)
    }

    /// The metadata of a location's node under the node's name (spec/dns.md 2.6).
    private mutating func appendTexts(
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
        var owner = chosen[first].target
        var isWritten = true
        if chosen[index].record.flags.contains(.targetIsAddress) {
            let earlier = firstWithTexts(of: index, service)
            isWritten = earlier < index
            owner = isWritten ? chosen[earlier].owner : end
            chosen[index].owner = owner
        }
        node.forEachText { text in
            if isWritten {
                message.store(
                    UInt16(truncatingIfNeeded: 0xc000 | owner).byteSwapped,
                    at: end
                )
                end &+= 2
            } else {
                end = names.append(
                    message,
                    route,
                    node,
                    firstTarget: chosen[0].target,
                    firstSize: chosen[0].record.addressLabelSize,
                    at: end
                )
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
        isV6: Bool,
        owner: Int,
        to message: MessageOctets,
        at end: Int
    ) -> Int {
        let pointer = UInt64(UInt16(truncatingIfNeeded: 0xc000 | owner).byteSwapped)
        if isV6 {
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
