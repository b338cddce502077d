// SPDX-License-Identifier: Apache-2.0

internal import DNSWire
internal import Property
internal import TestSupport
internal import ZoneFiles

/// Any octets: decoding ends; what decodes is the same after encoding and decoding again, with
/// compression, which may change the case of names, and without; RFC 3597 data pass unchanged; printing gives a line a record.
@c(LLVMFuzzerTestOneInput)
public func fuzzMessage(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let octets = unsafe Property.octets(start, count)
    readTolerantly(octets)
    guard let message = try? Message(decoding: octets) else { return 0 }
    for compress in [true, false] {
        guard let again = try? message.encoded(compress: compress, maximumSize: .max) else {
            // Only a message that decompression made too long for its fields may fail.
            Property.holds(octets.count > 256, "cannot be encoded: \(Property.hexadecimal(octets))")
            continue
        }
        let decoded = try? Message(decoding: again)
        Property.holds(
            compress ? decoded?.withFoldedNames == message.withFoldedNames : decoded == message,
            "compress \(compress): \(Property.hexadecimal(octets)) | \(Property.hexadecimal(again))"
        )
        if compress { Property.holds(isCompressed(again, message), "compression made it longer") }
    }
    for record in message.answers + message.authorities + message.additionals {
        let text = ZonePrinter.print(record)
        Property.holds(!text.isEmpty && !text.utf8.contains(10), "not one line: \(text)")
        let type = record.type.description
        Property.holds(RecordType(text: type) == record.type, "type \(type)")
        Property.holds(!record.class.description.isEmpty, "class \(record.class.rawValue)")
        checkAddress(record.data)
    }
    let header = message.header
    Property.holds(!header.opcode.description.isEmpty, "opcode \(header.opcode.rawValue)")
    Property.holds(!header.responseCode.description.isEmpty, "code \(header.responseCode.rawValue)")
    if let edns = message.edns { checkOptions(edns) }
    return 0
}

/// An address prints as text that reads as the same address.
private func checkAddress(_ data: RecordData) {
    switch data {
    case .a(let address):
        Property.holds(IPv4Address(text: address.description) == address, "\(address)")
    case .aaaa(let address):
        Property.holds(IPv6Address(text: address.description) == address, "\(address)")
    default: break
    }
}

/// Options that are understood are written as they were read, but for what the reader mends.
private func checkOptions(_ edns: EDNS) {
    if let subnet = edns.clientSubnet {
        Property.holds(ClientSubnet(subnet.option)?.option == subnet.option, "subnet \(subnet)")
        Property.holds([0, 4, 16].contains(subnet.fullAddress.count), "subnet \(subnet)")
    }
    for error in edns.extendedErrors {
        let again = ExtendedDNSError(error.option)
        Property.holds(again?.code == error.code, "extended error \(error)")
        Property.holds(
            error.text.utf8.starts(with: (again?.text ?? "x").utf8),
            "extended error \(error)"
        )
    }
}

/// The reader stands at most at the end after each item, whatever comes.
private func readTolerantly(_ octets: [UInt8]) {
    var reader = MessageReader(octets.span)
    guard let (_, counts) = try? reader.readHeader() else { return }
    for _ in 0..<counts.questions {
        guard (try? reader.readQuestion()) != nil else { return }
        Property.holds(reader.offset <= octets.count, "read beyond the end")
    }
    while !reader.isAtEnd {
        let before = reader.offset
        guard let record = try? reader.readRecord() else { return }
        Property.holds(reader.offset > before && reader.offset <= octets.count, "no progress")
        // RFC 3597 §3: unknown data are the octets that were read.
        if case .unknown(_, let data) = record.data {
            Property.holds(
                Array(octets[(reader.offset - data.count)..<reader.offset]) == data,
                "unknown data changed"
            )
        }
    }
}

private func isCompressed(_ octets: [UInt8], _ message: Message) -> Bool {
    guard let length = try? message.encodedLength(compress: false) else { return true }
    return octets.count <= length
}
