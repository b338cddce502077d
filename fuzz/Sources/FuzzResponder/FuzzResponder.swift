// SPDX-License-Identifier: Apache-2.0

internal import DNSAnswers
internal import DNSWire
internal import Property

/// Any datagram, asked of a catalog that was built once and is changed by the input: silence, a
/// hand-over, or a reply that libldns parses, whose ID and question are the query's and that fits
/// the client's size; what the fast line answers, the reference line answers octet for octet.
///
/// Octet 0 chooses transport (bit 0) and settings, octet 1 the number of changes, three at most;
/// each change is three octets (``CatalogChange``), and the rest is the datagram.
@c(LLVMFuzzerTestOneInput)
public func fuzzResponder(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let octets = unsafe Property.octets(start, count)
    guard octets.count >= 2 else { return 0 }
    let server = unsafe Server.all[Int(octets[0] >> 1) % Server.all.count]
    let transport: ClientContext.Transport = octets[0] & 1 == 0 ? .udp : .tcp
    let wanted = Int(octets[1] & 7)
    let changeCount = wanted > 3 ? 0 : min(wanted, (octets.count - 2) / CatalogChange.size)
    let changes = (0..<changeCount).map { CatalogChange(octets[(2 + 3 * $0)...]) }
    let query = Array(octets[(2 + CatalogChange.size * changeCount)...])
    server.change(changes)
    defer { server.restore() }

    let reference = server.reference(query, transport)
    if case .reply(let reply) = reference { check(reply, query, transport) }
    switch server.fast(query, transport) {
    case .handedOver: break
    case .silence: Property.holds(reference == .silence, "the fast line alone is silent")
    case .reply(let reply):
        Property.holds(
            reference == .reply(reply),
            "fast \(Property.hexadecimal(reply)) | reference \(reference)"
        )
    }
    return 0
}

private func check(
    _ reply: [UInt8],
    _ query: [UInt8],
    _ transport: ClientContext.Transport
) {
    guard let seen = ReplySeen(reply) else {
        return Property.holds(false, "libldns refuses it: \(Property.hexadecimal(reply))")
    }
    Property.holds(seen.isResponse, "no reply: \(Property.hexadecimal(reply))")
    Property.holds(reply.prefix(2) == query.prefix(2), "another ID")
    Property.holds(query[2] & 0x80 == 0, "a reply to a reply")
    guard seen.questions > 0 else { return }
    checkQuestion(reply, query)
    guard transport == .udp else { return }
    // RFC 1035 §4.2.1: 512 octets without EDNS; RFC 6891 §6.2.3: what the client offers.
    let offered = offeredSize(query)
    let room = max(512, offered ?? 0)
    Property.holds(seen.hasOPT == (offered != nil) || seen.code != 0, "OPT goes with OPT")
    Property.holds(reply.count <= room, "\(reply.count) octets for \(room)")
}

/// What the last OPT record of the additional section offers, read as tolerantly as the server
/// reads; `nil` without one.
///
/// One in another section is no OPT (RFC 6891 §6.1.1).
private func offeredSize(_ query: [UInt8]) -> Int? {
    var reader = MessageReader(query.span)
    guard let (_, counts) = try? reader.readHeader(), (try? reader.readName()) != nil,
        (try? reader.readUInt16()) != nil, (try? reader.readUInt16()) != nil
    else { return nil }
    var size: Int?
    let others = Int(counts.answers) + Int(counts.authorities)
    for number in 0..<(others + Int(counts.additionals)) where !reader.isAtEnd {
        guard let record = try? reader.readRecord() else { return nil }
        if number >= others, let edns = EDNS(record) { size = Int(edns.udpPayloadSize) }
    }
    return size
}

/// Name and type come back as they were asked, case included; a query that is cut short has no
/// type.
private func checkQuestion(_ reply: [UInt8], _ query: [UInt8]) {
    var asked = MessageReader(query.span)
    var answered = MessageReader(reply.span)
    guard (try? asked.readHeader()) != nil, (try? answered.readHeader()) != nil,
        let name = try? asked.readName(), let copy = try? answered.readName()
    else { return Property.holds(false, "question: \(Property.hexadecimal(reply))") }
    Property.holds(name == copy, "another question: \(Property.hexadecimal(reply))")
    let type = try? asked.readUInt16()
    Property.holds(type ?? 0 == (try? answered.readUInt16()), "another type")
}
