// SPDX-License-Identifier: Apache-2.0

internal import DNSWire

/// RDATA between its octets and `RecordData`, checked by both DNSWire and libldns.
enum RecordOctets {
    /// Data given as octets (RFC 3597).
    static func decode(
        _ octets: [UInt8],
        type: RecordType,
        line: Int
    ) throws(ZoneTextFault) -> RecordData {
        let wire = recordWire(type: type, data: octets)
        // A record alone in a message has nothing to point at: pointers in its names fail here
        // or below, for what is written again must be what was read (RFC 3597 §5).
        guard let data = decode(recordWire: wire), Self.wire(of: data) == wire,
            isOf(type, wire), ServiceBinding.objection(to: data) == nil
        else {
            throw ZoneTextFault(
                .data,
                line: line,
                "These \(octets.count) octets are no \(type) data. "
                    + "Write the data in the form of the type."
            )
        }
        return data
    }

    /// Data given as text that `RecordText` has written.
    static func decode(
        text: String,
        _ layout: RecordLayout,
        line: Int
    ) throws(ZoneTextFault) -> RecordData {
        guard text.utf8.count <= ZoneFileLimits.entryOctets else {
            throw ZoneTextFault(
                .tooLarge,
                line: line,
                "The data take \(text.utf8.count) octets of text, "
                    + "\(ZoneFileLimits.entryOctets) at most are read. Shorten them."
            )
        }
        do throws(LibLDNS.Failure) {
            // The root as owner, 0 as TTL: both are ours to read.
            let wire = try LibLDNS.encode(recordText: ". 0 IN \(layout.mnemonic) \(text)")
            guard let data = decode(recordWire: wire), data.type == layout.type else {
                throw LibLDNS.Failure(reason: "the data cannot be encoded")
            }
            if let objection = ServiceBinding.objection(to: data) {
                throw LibLDNS.Failure(reason: objection)
            }
            return data
        } catch {
            throw ZoneTextFault(
                .data,
                line: line,
                "The data of \(layout.mnemonic) cannot be read (\(error.reason)). Write: "
                    + "\(layout.mnemonic) \(layout.fields.map(\.name).joined(separator: " "))."
            )
        }
    }

    /// A record in uncompressed wire form; nil if its parts do not fit (RFC 1035 §3.2.1).
    static func wire(of record: ResourceRecord) -> [UInt8]? {
        var writer = MessageWriter(
            header: Header(id: 0, flags: 0),
            compress: false,
            maximumSize: .max
        )
        do {
            try writer.append(record, to: .answer)
        } catch {
            return nil
        }
        return Array(writer.finish().dropFirst(Header.length))
    }

    private static func wire(of data: RecordData) -> [UInt8]? {
        wire(of: ResourceRecord(name: .root, ttl: 0, data: data))
    }

    private static func recordWire(type: RecordType, data: [UInt8]) -> [UInt8] {
        let fields = [type.rawValue, RecordClass.in.rawValue, 0, 0, UInt16(data.count)]
        return [0] + fields.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] } + data
    }

    /// The data of a record alone in a message.
    private static func decode(recordWire: [UInt8]) -> RecordData? {
        let octets = recordWire
        var reader = MessageReader(octets.span)
        guard let record = try? reader.readRecord(), reader.isAtEnd else { return nil }  // no data
        return record.data
    }

    /// For types that DNSWire keeps as octets but libldns knows, what libldns says.
    private static func isOf(_ type: RecordType, _ wire: [UInt8]) -> Bool {
        guard RecordLayout.of(type) != nil else { return true }
        do {
            _ = try LibLDNS.print(recordWire: wire)
            return true
        } catch {
            return false
        }
    }
}
