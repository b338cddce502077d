// SPDX-License-Identifier: Apache-2.0

internal import DNSAnswers
internal import DNSWire
internal import Property

/// Any datagram: silence, a hand-over, or a reply that decodes, pairs with its query and keeps to
/// the client's size; what the fast line answers, the reference line answers octet for octet.
///
/// The first octet chooses transport and settings; the others are the datagram.
@c(LLVMFuzzerTestOneInput)
public func fuzzQuery(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let octets = unsafe Property.octets(start, count)
    guard let choice = octets.first else { return 0 }
    let query = Array(octets.dropFirst())
    let server = unsafe Server.all[Int(choice >> 1) % Server.all.count]
    let transport: ClientContext.Transport = choice & 1 == 0 ? .udp : .tcp
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

private func check(_ reply: [UInt8], _ query: [UInt8], _ transport: ClientContext.Transport) {
    let text = Property.hexadecimal(reply)
    guard let message = try? Message(decoding: reply) else {
        return Property.holds(false, "cannot be decoded: \(text)")
    }
    Property.holds(reply.prefix(2) == query.prefix(2), "another ID: \(text)")
    Property.holds(message.header.isResponse, "no reply: \(text)")
    Property.holds(query[2] & 0x80 == 0, "a reply to a reply: \(text)")
    var reader = MessageReader(query.span)
    guard (try? reader.readHeader()) != nil, let name = try? reader.readName(),
        let asked = message.questions.first
    else { return }
    Property.holds(asked.name == name, "another question: \(text)")
    // Consul: a single answer stays, however large; what names it may be large too.
    guard transport == .udp, message.answers.count > 1,
        let understood = try? Message(decoding: query)
    else { return }
    // RFC 1035 §4.2.1: 512 octets without EDNS; RFC 6891 §6.2.3: what the client offers.
    let room = max(512, Int(understood.edns?.udpPayloadSize ?? 0))
    Property.holds(reply.count <= room, "\(reply.count) octets for \(room): \(text)")
}
