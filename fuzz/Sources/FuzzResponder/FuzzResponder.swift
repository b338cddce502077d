// SPDX-License-Identifier: Apache-2.0

internal import DNSAnswers
internal import DNSWire
internal import Property

/// Any datagram, asked of a catalog that was built once and is changed by the input: silence, a
/// hand-over, or a reply that libldns parses, whose ID and question are the query's and that fits
/// the client's size; what the fast line answers, the reference line answers octet for octet.
///
/// Octet 0 chooses transport (bit 0) and settings; octet 1 the number of changes, three at most,
/// the family of the client (bit 6) and whether the answer is explained too (bit 7); each change
/// is three octets (``CatalogChange``), and the rest is the datagram. Where bits 3 to 5 of octet 1
/// are set there is no question: ``Limiting``.
@c(LLVMFuzzerTestOneInput)
public func fuzzResponder(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let octets = unsafe Property.octets(start, count)
    guard let layout = InputLayout(octets) else { return 0 }
    guard octets[1] & 0x38 != 0x38 else {
        Limiting.check(Array(octets[2...]))
        return 0
    }
    let server = Server.at(octets[0])
    let transport: ClientContext.Transport = octets[0] & 1 == 0 ? .udp : .tcp
    let isV6 = octets[1] & 0x40 != 0
    let client = ClientContext(transport: transport, address: isV6 ? Client.v6 : Client.v4)
    let query = Array(octets[layout.datagram...])
    server.change(octets[2..<layout.datagram])

    let reference = server.reference(query, client)
    switch reference {
    case .reply(let reply): check(reply, query, transport)
    case .chase(let questions): chase(questions, query, client, server)
    case .forward: bringHome(query, client, server)
    case .silence: break
    }
    switch server.fast(query, transport) {
    case .handedOver: break
    case .silence: Property.holds(reference == .silence, "the fast line alone is silent")
    case .reply(let reply):
        Property.holds(
            reference == .reply(reply),
            "fast \(Property.hexadecimal(reply)) | reference \(reference)"
        )
    }
    if octets[1] & 0x80 != 0 { explain(query, reference, server) }
    return 0
}

/// The addresses of clients.
enum Client {
    static let v4: [UInt8] = [10, 0, 0, 1]
    static let v6: [UInt8] = [0x20, 0x01, 0x0d, 0xb8] + [UInt8](repeating: 0, count: 12)
}

/// Where the parts of an input are.
struct InputLayout {
    /// Where the datagram begins, behind the changes.
    let datagram: Int

    /// `nil` for an input that is too short to say anything.
    init?(_ octets: [UInt8]) {
        guard octets.count >= 2 else { return nil }
        let wanted = Int(octets[1] & 7)
        let size = CatalogChange.size
        datagram = 2 + (wanted > 3 ? 0 : size * min(wanted, (octets.count - 2) / size))
    }
}

/// The explanation of a name says what the reply to it says.
private func explain(_ query: [UInt8], _ reference: ReferenceReply, _ server: Server) {
    var reader = MessageReader(query.span)
    guard (try? reader.readHeader()) != nil, let name = try? reader.readName(),
        let type = try? reader.readUInt16(), let `class` = try? reader.readUInt16(), `class` == 1
    else { return }
    let settings = server.snapshot.settings
    let isHeld = settings.holdsCatalogNames(name)
    Property.holds(isHeld || name.folded != settings.domain.folded, "a domain holds no names")
    Property.holds(isHeld || settings.warning(aboutZone: name) == nil, "a warning for nothing")
    let explanation = Explanation(name, RecordType(rawValue: type), in: server.snapshot, now: 1)
    Property.holds(!explanation.route.isEmpty, "no route for \(name)")
    // What is neither no error nor a name error comes of more than the question.
    guard case .reply(let reply) = reference, reply[2] & 0x78 == 0, let code = explanation.code,
        let message = try? Message(decoding: reply),
        [.noError, .nameError].contains(message.responseCode)
    else { return }
    Property.holds(
        code == message.responseCode,
        "\(name) \(type): \(explanation) | \(Property.hexadecimal(reply))"
    )
}

func check(
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
