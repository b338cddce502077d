// SPDX-License-Identifier: Apache-2.0

public import DNSWire

/// Prints records in presentation form by libldns, and messages in the manner of `dig`.
public enum ZonePrinter {
    /// The record on one line, fields separated by tabs: owner, TTL, class, type, data.
    public static func print(_ record: ResourceRecord) -> String {
        // libldns prints "@" and "$" in owners as they are, which would read back as the origin
        // and as a directive: the owner is printed by DNSWire, libldns is given the root.
        var anonymous = record
        anonymous.name = .root
        guard let wire = RecordOctets.wire(of: anonymous) else {
            return "; \(record.name) \(record.type) does not fit a record"
        }
        let data = wire[11...]
        guard isPrintable(record, dataCount: data.count) else { return generic(record, data) }
        do throws(LibLDNS.Failure) {
            let text = try LibLDNS.print(recordWire: wire)
            guard readsBack(text, as: record.data) else { return generic(record, data) }
            return record.name.description + text.dropFirst()
        } catch {
            return generic(record, data)
        }
    }

    /// The whole message: header, EDNS, question, and each section that holds anything.
    public static func print(_ message: Message) -> String {
        var lines = header(of: message)
        if let edns = message.edns { lines += ["", ";; OPT PSEUDOSECTION:"] + text(of: edns) }
        if !message.questions.isEmpty {
            lines += ["", ";; QUESTION SECTION:"]
            lines += message.questions.map { ";\($0.name)\t\($0.class)\t\($0.type)" }
        }
        for (title, records) in [
            ("ANSWER", message.answers), ("AUTHORITY", message.authorities),
            ("ADDITIONAL", message.additionals),
        ] where !records.isEmpty {
            lines += ["", ";; \(title) SECTION:"] + records.map(print)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Only what DNSWire has decoded, or what is read as text too, goes to libldns.
    private static func isPrintable(_ record: ResourceRecord, dataCount: Int) -> Bool {
        guard record.class == .in, dataCount <= LibLDNS.printableOctets else { return false }
        if case .unknown(let type, let octets) = record.data {
            return !octets.isEmpty && RecordLayout.of(type) != nil
        }
        return record.type != .opt
    }

    /// Whether the text of a type that DNSWire keeps as octets stands for the same octets: libldns
    /// prints parameters with blanks or parentheses in them as they are (`alpn=h2,(3`).
    private static func readsBack(_ text: String, as data: RecordData) -> Bool {
        guard case .unknown = data else { return true }
        do throws(ZoneTextFault) {
            let lines = try ZoneFileParser.records(in: Array(text.utf8), defaultOrigin: nil)
            return lines.map(\.record.data) == [data]
        } catch {
            return false
        }
    }

    /// RFC 3597 §5: any record can be written with its type's number and its octets.
    private static func generic(_ record: ResourceRecord, _ data: ArraySlice<UInt8>) -> String {
        let data = UnknownRecordText.print(data)
        return "\(record.name)\t\(record.ttl)\t\(record.class)\t\(record.type)\t\(data)"
    }

    private static func header(of message: Message) -> [String] {
        let header = message.header
        let flags = [
            (header.isResponse, "qr"), (header.isAuthoritative, "aa"), (header.isTruncated, "tc"),
            (header.recursionDesired, "rd"), (header.recursionAvailable, "ra"),
            (header.reservedZ, "z"), (header.authenticatedData, "ad"),
            (header.checkingDisabled, "cd"),
        ].filter(\.0).map { " " + $0.1 }.joined()
        let additionals = message.additionals.count + (message.edns == nil ? 0 : 1)
        return [
            ";; ->>HEADER<<- opcode: \(header.opcode), status: \(message.responseCode), "
                + "id: \(header.id)",
            ";; flags:\(flags); QUERY: \(message.questions.count), "
                + "ANSWER: \(message.answers.count), AUTHORITY: \(message.authorities.count), "
                + "ADDITIONAL: \(additionals)",
        ]
    }

    private static func text(of edns: EDNS) -> [String] {
        let flags = edns.dnssecOK ? " do" : ""
        var lines = [
            "; EDNS: version: \(edns.version), flags:\(flags); udp: \(edns.udpPayloadSize)"
        ]
        for option in edns.options {
            if let subnet = ClientSubnet(option) {
                lines.append("; CLIENT-SUBNET: \(text(of: subnet))")
            } else {
                lines.append("; OPT=\(option.code): \(UnknownRecordText.print(option.data))")
            }
        }
        return lines
    }

    private static func text(of subnet: ClientSubnet) -> String {
        let size = subnet.family == 1 ? 4 : 16
        let octets =
            subnet.address + Array(repeating: 0, count: max(0, size - subnet.address.count))
        let address: String
        if subnet.family == 1 {
            address = octets.prefix(4).map { String($0) }.joined(separator: ".")
        } else {
            let halves = octets.prefix(16).reduce((UInt64(0), UInt64(0))) { sum, octet in
                (sum.0 << 8 | sum.1 >> 56, sum.1 << 8 | UInt64(octet))
            }
            address = IPv6Address(high: halves.0, low: halves.1).description
        }
        return "\(address)/\(subnet.sourceLength)/\(subnet.scopeLength)"
    }
}
