// SPDX-License-Identifier: Apache-2.0

internal import DNSWire
internal import Property
internal import ZoneFiles

/// Any octets: decoding ends; what decodes is the same after encoding and decoding again, with
/// compression and without; RFC 3597 data pass unchanged; printing gives a line a record.
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
            decoded == message,
            "compress \(compress): \(Property.hexadecimal(octets)) | \(Property.hexadecimal(again))"
        )
        if compress { Property.holds(isCompressed(again, message), "compression made it longer") }
    }
    for record in message.answers + message.authorities + message.additionals {
        let text = ZonePrinter.print(record)
        Property.holds(!text.isEmpty && !text.utf8.contains(10), "not one line: \(text)")
    }
    return 0
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
