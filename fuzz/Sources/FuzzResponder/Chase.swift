// SPDX-License-Identifier: Apache-2.0

internal import DNSAnswers
internal import DNSWire
internal import Property

/// Answers what the reference line wants to know of the recursors, until it replies.
func chase(
    _ questions: [ChaseQuestion],
    _ query: [UInt8],
    _ client: ClientContext,
    _ server: Server,
    known: [ChaseQuestion: Resolution] = [:]
) {
    var chased = known
    var questions = questions
    for _ in 0..<16 {
        Property.holds(!questions.isEmpty, "it chases nothing")
        for question in questions {
            Property.holds(chased[question] == nil, "\(question.name) is chased twice")
            chased[question] = upstreamRecords(question)
        }
        switch server.reference(query, client, chased: chased) {
        case .chase(let more): questions = more
        case .reply(let reply): return check(reply, query, client.transport)
        case .silence, .forward: return Property.holds(false, "chased for nothing")
        }
    }
    Property.holds(false, "it chases without end")
}

/// What recursors said to a forwarded query leads to a name of ours: the reply has our own end.
func bringHome(_ query: [UInt8], _ client: ClientContext, _ server: Server) {
    var reader = MessageReader(query.span)
    guard (try? reader.readHeader()) != nil, let name = try? reader.readName(),
        let type = try? reader.readUInt16()
    else { return }
    let targets = [
        "web.service.consul.", "billing.example.internal.", "nope.service.consul.",
        "out.example.internal.", "x.wild.consul.", "nope.example.internal.",
    ]
    let lead = name.wire.count > 1 ? name.wire[1] : 0
    guard let target = try? DomainName(text: targets[Int(lead) % targets.count]) else { return }
    let question = ChaseQuestion(name, RecordType(rawValue: type))
    let alias = ResourceRecord(name: name, ttl: 9, data: .cname(target))
    let known = [question: Resolution(records: [alias])]
    switch server.reference(query, client, chased: known) {
    case .reply(let reply): check(reply, query, client.transport)
    case .chase(let questions): chase(questions, query, client, server, known: known)
    case .silence, .forward: Property.holds(false, "nobody brings \(name) home")
    }
}

/// A chain, an address or nothing, by the first letter of the name.
private func upstreamRecords(_ question: ChaseQuestion) -> Resolution {
    let name = question.name
    let isSix = question.type == .aaaa
    let octets: [UInt8] = isSix ? Client.v6 : [192, 0, 2, 7]
    let lead = name.wire.count > 1 ? name.wire[1] : 0
    let targets = [
        "real.elsewhere.test.", "web.service.consul.", "www.example.internal.",
        "nope.service.consul.", "billing.example.internal.",
    ]
    guard let address = IPAddress(octets: octets),
        let target = try? DomainName(text: targets[Int(lead >> 2) % targets.count])
    else { return .failure }
    let data: RecordData =
        switch address {
        case .v4(let address): .a(address)
        case .v6(let address): .aaaa(address)
        }
    let alias = ResourceRecord(name: name, ttl: 9, data: .cname(target))
    switch lead & 3 {
    case 0:
        let codes: [ResponseCode] = [.noError, .nameError, .serverFailure, .refused]
        let code = codes[Int(lead >> 2) & 3]
        // RFC 2308 §5: with the SOA a denial can be kept; not all have it.
        let isNamed = name.wire.count > 2 && name.wire[2] & 1 == 0
        return Resolution(records: [], code: code, authorities: isNamed ? denial : [])
    case 1: return Resolution(records: [ResourceRecord(name: name, ttl: 9, data: data)])
    case 2: return Resolution(records: [alias])
    default:
        return Resolution(
            records: [alias]
                + (0..<6).map { _ in ResourceRecord(name: target, ttl: 9, data: data) }
        )
    }
}

/// The SOA of the zone that has no such name.
private let denial: [ResourceRecord] = {
    guard let zone = try? DomainName(text: "test.") else { return [] }
    let soa = StartOfAuthority(
        primary: zone,
        mailbox: zone,
        serial: 1,
        refresh: 2,
        retry: 3,
        expire: 4,
        minimum: 5
    )
    return [ResourceRecord(name: zone, ttl: 5, data: .soa(soa))]
}()
