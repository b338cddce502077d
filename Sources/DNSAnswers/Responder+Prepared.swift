// SPDX-License-Identifier: Apache-2.0

// Prepared replies of static zones, written behind the question step by step.
extension Responder {
    /// Pointers reach that far (RFC 1035 §4.1.4); what is longer is for the reference line.
    private static let pointerReach = 0x3fff

    /// Writes a prepared reply to a question of `count` labels, which were walked unless the reply
    /// has one step; 0 where it has to be cut.
    @inline(__always)
    mutating func repeatPrepared(
        _ reply: PreparedReply,
        _ message: MessageOctets,
        _ route: Route,
        _ count: Int,
        _ room: ReplyRoom
    ) -> Int {
        let hasEDNS = route.flags.contains(.hasEDNS)
        let offered = hasEDNS ? Int(route.wireSize.byteSwapped) : 0
        var limit = min(room.capacity, Self.pointerReach)
        if !room.isStream {
            limit = min(limit, min(max(512, offered), configuration.maximumSize))
        }
        if hasEDNS { limit &-= ReplyHead.optSize }
        let start = route.nameEnd &+ 4
        if start &+ reply.longest > limit, measure(reply, message, route, count) > limit {
            return 0
        }
        let end: Int
        if reply.stepCount == 1, reply.step(0).kind == ReplyStep.Kind.octets {
            let step = reply.step(0)
            message.copy(reply.run(at: step.place, count: step.count), to: start)
            end = start &+ step.count
        } else {
            end = write(reply, message, count, at: start, isDry: false)
        }
        var head = ReplyHead(code: reply.code)
        head.answers = reply.answers
        head.authorities = reply.authorities
        head.additionals = reply.additionals
        let length = finish(message, route, &head, end: end)
        if !reply.isAuthoritative { message.store(message.octet(2) & 0xfb, at: 2) }
        return length
    }

    /// Where the reply would end.
    @inline(never)
    private mutating func measure(
        _ reply: PreparedReply,
        _ message: MessageOctets,
        _ route: Route,
        _ count: Int
    ) -> Int {
        write(reply, message, count, at: route.nameEnd &+ 4, isDry: true)
    }

    /// Takes the steps, or only says where they would end.
    @inline(__always)
    private mutating func write(
        _ reply: PreparedReply,
        _ message: MessageOctets,
        _ count: Int,
        at start: Int,
        isDry: Bool
    ) -> Int {
        let labels = scratch.labels
        let places = scratch.places
        let steps = reply.stepCount
        var end = start
        var lengthAt = 0
        var names = 0
        var index = 0
        while index < steps {
            let step = reply.step(index)
            index &+= 1
            if step.kind == ReplyStep.Kind.octets {
                if !isDry {
                    message.copy(reply.run(at: step.place, count: step.count), to: end)
                }
                end &+= step.count
                continue
            }
            if step.kind == ReplyStep.Kind.tail {
                if !isDry { storePointer(message, to: labels[count &- step.labels], at: end) }
                end &+= 2
                continue
            }
            let total = step.labels
            let starts = reply.run(at: step.place, count: total)
            let name = reply.run(at: step.place &+ total, count: 255)
            let shared = sharedLabels(name, starts, total, message, count)
            places[names] = end
            names &+= 1
            let kept =
                step.role == ReplyStep.Role.full ? total : total &- max(shared, step.sharedLabels)
            var size = kept < total ? Int(starts.octet(kept)) : Self.wireSize(name, starts, total)
            if !isDry, size > 0 {
                message.copy(reply.run(at: step.place &+ total, count: size), to: end)
            }
            if kept < total {
                if !isDry {
                    let target =
                        shared >= step.sharedLabels
                        ? labels[count &- shared] : places[step.sharedName] &+ step.sharedOffset
                    storePointer(message, to: target, at: end &+ size)
                }
                size &+= 2
            }
            if !isDry, step.role != ReplyStep.Role.owner, step.role != ReplyStep.Role.full {
                if step.role == ReplyStep.Role.first { lengthAt = end &- 2 }
                if step.role == ReplyStep.Role.second { lengthAt = end &- 4 }
                let length = message.word16(lengthAt).byteSwapped
                message.store(
                    (length &+ UInt16(truncatingIfNeeded: size)).byteSwapped,
                    at: lengthAt
                )
            }
            end &+= size
        }
        return end
    }

    @inline(__always)
    private func storePointer(_ message: MessageOctets, to target: Int, at offset: Int) {
        message.store(UInt16(truncatingIfNeeded: 0xc000 | target).byteSwapped, at: offset)
    }

    /// The octets of a name with the root.
    @inline(__always)
    private static func wireSize(_ name: OctetRun, _ starts: OctetRun, _ total: Int) -> Int {
        let last = Int(starts.octet(total &- 1))
        return last &+ Int(name.octet(last)) &+ 2
    }

    /// How many labels a name and the question's name have in common from the right, in whatever
    /// case (RFC 4343 §4.2).
    @inline(__always)
    private func sharedLabels(
        _ name: OctetRun,
        _ starts: OctetRun,
        _ total: Int,
        _ message: MessageOctets,
        _ count: Int
    ) -> Int {
        let labels = scratch.labels
        let most = min(total, count)
        var shared = 0
        while shared < most {
            let mine = Int(starts.octet(total &- 1 &- shared))
            let asked = labels[count &- 1 &- shared]
            let size = Int(name.octet(mine)) &+ 1
            var offset = 0
            while offset < size {
                let difference = FoldedWord.prefix(
                    name.word64(mine &+ offset) ^ message.word64(asked &+ offset),
                    count: min(8, size &- offset)
                )
                if difference != 0 {
                    // Most words that differ do so in more than case.
                    if difference & ~FoldedWord.caseBits != 0 { return shared }
                    return Self.sharedFolded(
                        name,
                        starts,
                        total,
                        message,
                        labels,
                        count,
                        from: shared
                    )
                }
                offset &+= 8
            }
            shared &+= 1
        }
        return shared
    }

    /// The same for names in different spellings, from a label on.
    @inline(never)
    private static func sharedFolded(
        _ name: OctetRun,
        _ starts: OctetRun,
        _ total: Int,
        _ message: MessageOctets,
        _ labels: LabelStarts,
        _ count: Int,
        from first: Int
    ) -> Int {
        let most = min(total, count)
        var shared = first
        while shared < most {
            let mine = Int(starts.octet(total &- 1 &- shared))
            let asked = labels[count &- 1 &- shared]
            let size = Int(name.octet(mine)) &+ 1
            var offset = 0
            while offset < size {
                let difference =
                    FoldedWord.fold(name.word64(mine &+ offset))
                    ^ FoldedWord.fold(message.word64(asked &+ offset))
                if FoldedWord.prefix(difference, count: min(8, size &- offset)) != 0 {
                    return shared
                }
                offset &+= 8
            }
            shared &+= 1
        }
        return shared
    }
}
