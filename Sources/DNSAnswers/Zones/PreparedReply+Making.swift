// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones

/// Turns what a zone answers into the steps of a prepared reply.
struct PreparedReplyMaker {
    /// The longest reply that is prepared: more does not fit into a worker's slot either.
    static let longest = 4096
    /// Octets of other names' records in a reply: a name that leads to a large RRset has no copy
    /// of it.
    static let mostBorrowed = 2048
    /// Names in a reply that are not the question's own.
    private static let mostNames = 128

    /// The name that is asked for; its octets do not matter where it stands for others.
    private let owner: CanonicalName
    /// Octets behind the steps.
    private var data: [UInt8] = []
    private var steps: [Pending] = []
    /// Octets that are to be copied and are no step yet.
    private var octets: [UInt8] = []
    /// Names so far, as written.
    private var names: [DomainName] = []
    private var size = 0
    private var borrowed = 0
    /// Whether there is an SOA with the root in it.
    private var isOdd = false

    /// A step whose place counts from the first octet behind the steps.
    private struct Pending {
        var step: (Int) -> ReplyStep
    }

    private init(owner: CanonicalName) { self.owner = owner }

    /// The reply's octets for the table; `nil` for one that is too long.
    ///
    /// A reply that is given to questions for its `owner` only is one step: names compress whatever
    /// their case, so what follows the question does not depend on how that is spelled.
    static func make(
        _ answer: ZoneAnswer,
        to owner: CanonicalName,
        isAlone: Bool = false
    ) -> [UInt8]? {
        var maker = PreparedReplyMaker(owner: owner)
        for record in answer.answers { maker.append(record, isOwn: record.name.folded == owner) }
        for record in answer.authorities {
            // SOA and NS of zones that enclose the question's name stand in it.
            maker.append(record, isOwn: false, isTail: answer.answers.isEmpty)
        }
        for record in answer.additionals { maker.append(record, isOwn: false) }
        maker.flush()
        guard !maker.isOdd, maker.size <= longest, maker.borrowed <= mostBorrowed,
            maker.names.count <= mostNames
        else { return nil }
        if isAlone, maker.steps.count > 1 { maker.join(answer) }
        return maker.finish(answer)
    }

    /// Puts the octets that the general writer makes in the place of all steps.
    private mutating func join(_ answer: ZoneAnswer) {
        // Their type does not matter, nor does the header.
        let message = Message(
            header: Header(id: 0),
            questions: [Question(name: owner.name, type: .any)],
            answers: answer.answers,
            authorities: answer.authorities,
            additionals: answer.additionals
        )
        guard let encoded = try? message.encoded(maximumSize: .max) else { return }
        (steps, data) = ([], [])
        octets = Array(encoded[(12 + owner.wire.count + 4)...])
        size = octets.count
        flush()
    }

    private mutating func append(_ record: ResourceRecord, isOwn: Bool, isTail: Bool = false) {
        let before = size
        if isOwn {
            append([0xc0, 12])
        } else if isTail {
            flush()
            let step = ReplyStep.tail(labels: record.name.labelCount)
            steps.append(Pending { _ in step })
            size += 2
        } else {
            append(record.name, role: ReplyStep.Role.owner)
        }
        append(Self.bigEndian(record.type.rawValue) + Self.bigEndian(record.class.rawValue))
        append(
            Self.bigEndian(UInt16(record.ttl >> 16))
                + Self.bigEndian(UInt16(truncatingIfNeeded: record.ttl))
        )
        append(record.data)
        if !isOwn, !isTail { borrowed += size - before }
    }

    private mutating func append(_ data: RecordData) {
        switch data {
        case .ns(let name), .cname(let name), .ptr(let name):
            append([0, 0])
            append(name, role: ReplyStep.Role.first)
        case .mx(let preference, let exchange):
            append([0, 2] + Self.bigEndian(preference))
            append(exchange, role: ReplyStep.Role.second)
        case .soa(let authority):
            // RDLENGTH would be out of reach behind a name that is no step.
            isOdd = isOdd || authority.primary.isRoot || authority.mailbox.isRoot
            append([0, 20])
            append(authority.primary, role: ReplyStep.Role.first)
            append(authority.mailbox, role: ReplyStep.Role.further)
            let numbers = [
                authority.serial, authority.refresh, authority.retry, authority.expire,
                authority.minimum,
            ]
            for number in numbers {
                append(
                    Self.bigEndian(UInt16(number >> 16))
                        + Self.bigEndian(UInt16(truncatingIfNeeded: number))
                )
            }
        case .srv(let location):
            append(Self.bigEndian(UInt16(6 + location.target.wire.count)))
            append(Self.bigEndian(location.priority) + Self.bigEndian(location.weight))
            append(Self.bigEndian(location.port))
            append(location.target, role: ReplyStep.Role.full)
        default:
            append(Self.lengthAndData(data))
        }
    }

    /// RDLENGTH and RDATA of data without names, as the general writer has them.
    private static func lengthAndData(_ data: RecordData) -> [UInt8] {
        let record = ResourceRecord(name: .root, ttl: 0, data: data)
        let message = Message(header: Header(id: 0), answers: [record])
        // Header, root, TYPE, CLASS, TTL.
        return ((try? message.encoded()) ?? []).dropFirst(12 + 1 + 8).map { $0 }
    }

    private mutating func append(_ more: [UInt8]) {
        octets += more
        size += more.count
    }

    private mutating func append(_ name: DomainName, role: UInt8) {
        // The root has no label that could be pointed at.
        guard !name.isRoot else {
            countRoot(role)
            append([0])
            return
        }
        flush()
        let shared = longestShared(name)
        let labels = name.labelCount
        let place = data.count
        var start: UInt8 = 0
        for label in name.labels {
            data.append(start)
            start += UInt8(label.count) + 1
        }
        data += name.wire
        steps.append(
            Pending {
                ReplyStep.name(labels: labels, shared: shared, at: $0 + place, role: role)
            }
        )
        names.append(name)
        size += name.wire.count
    }

    /// Adds one to RDLENGTH, whose octets are still here, for a name that is the root.
    private mutating func countRoot(_ role: UInt8) {
        switch role {
        case ReplyStep.Role.first: octets[octets.count - 1] += 1
        case ReplyStep.Role.second: octets[octets.count - 3] += 1
        default: break
        }
    }

    /// The longest tail that an earlier name has, in whatever case (RFC 4343 §4.2): how many labels,
    /// the first of those names, and where the tail begins in it.
    private func longestShared(_ name: DomainName) -> (labels: Int, name: Int, offset: Int) {
        var suffix = name
        while !suffix.isRoot {
            for (index, earlier) in names.enumerated() {
                let offset = earlier.wire.count - suffix.wire.count
                if offset >= 0, Self.isSame(earlier.wire[offset...], suffix.wire),
                    Self.isBoundary(earlier, offset)
                {
                    return (suffix.labelCount, index, offset)
                }
            }
            suffix = suffix.parent ?? .root
        }
        return (0, 0, 0)
    }

    private static func isSame(_ octets: ArraySlice<UInt8>, _ others: [UInt8]) -> Bool {
        octets.lazy.map(foldedOctet).elementsEqual(others.lazy.map(foldedOctet))
    }

    private static func isBoundary(_ name: DomainName, _ offset: Int) -> Bool {
        var start = 0
        while start < offset { start += Int(name.wire[start]) + 1 }
        return start == offset
    }

    private mutating func flush() {
        guard !octets.isEmpty else { return }
        let (count, place) = (octets.count, data.count)
        steps.append(Pending { ReplyStep.octets(count: count, at: $0 + place) })
        data += octets
        octets = []
    }

    private func finish(_ answer: ZoneAnswer) -> [UInt8]? {
        let dataPlace = PreparedReply.stepsOffset + 8 * steps.count
        guard dataPlace + data.count <= 0xffff else { return nil }
        var result = EntryOctets()
        result.reserve(dataPlace + data.count)
        result.append(UInt32(size))
        result.append(UInt16(answer.answers.count))
        result.append(UInt16(answer.authorities.count))
        result.append(UInt16(answer.additionals.count))
        result.append(UInt8(answer.isAuthoritative ? 1 : 0))
        result.append(UInt8(answer.outcome == .nameError ? 3 : 0))
        result.append(UInt16(steps.count))
        result.append(UInt16(0))
        for step in steps { result.append(step.step(dataPlace).word) }
        result.append(data)
        return result.octets
    }

    private static func bigEndian(_ value: UInt16) -> [UInt8] {
        [UInt8(value >> 8), UInt8(truncatingIfNeeded: value)]
    }
}
