// SPDX-License-Identifier: Apache-2.0
import DNSWire

/// The octets that hexadecimal text spells; blanks are skipped.
func octets(_ hex: String) -> [UInt8] {
    let digits = hex.filter { !$0.isWhitespace }.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map {
        UInt8(digits[$0] << 4 | digits[$0 + 1])
    }
}

/// Hexadecimal text of octets.
func hex(_ octets: [UInt8]) -> String {
    octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

func name(_ text: String) throws -> DomainName { try DomainName(text: text) }

/// The error that decoding gives, or `nil` if it succeeds.
func decodingError(_ octets: [UInt8]) -> MessageDecodingError? {
    do throws(MessageDecodingError) {
        _ = try Message(decoding: octets)
        return nil
    } catch {
        return error
    }
}

/// A message with every known record type in it, names shared between them.
func everyKind() throws -> Message {
    let zone = try name("Example.internal.")
    let host = try name("web.example.internal")
    return Message(
        header: Header(
            id: 0xbeef,
            isResponse: true,
            isAuthoritative: true,
            recursionDesired: true,
            authenticatedData: true,
            responseCode: .nameError
        ),
        questions: [Question(name: host, type: .any)],
        answers: [
            ResourceRecord(name: host, ttl: 1, data: .a(IPv4Address(192, 0, 2, 1))),
            ResourceRecord(
                name: host,
                ttl: .max,
                data: .aaaa(IPv6Address(high: 0x2001_0db8_0000_0000, low: 1))
            ),
            ResourceRecord(name: host, ttl: 2, data: .cname(zone)),
            ResourceRecord(name: host, ttl: 2, data: .ptr(host)),
            ResourceRecord(name: host, ttl: 2, data: .mx(preference: 10, exchange: host)),
            ResourceRecord(name: host, ttl: 2, data: .txt([Array("a=b".utf8), []])),
            ResourceRecord(
                name: host,
                ttl: 2,
                data: .srv(ServiceLocation(priority: 1, weight: 2, port: 8080, target: host))
            ),
            ResourceRecord(name: host, class: .ch, ttl: 0, data: .unknown(.a, [1, 2, 3])),
            ResourceRecord(name: host, ttl: 0, data: .unknown(RecordType(rawValue: 65280), [9])),
            ResourceRecord(name: host, class: .any, ttl: 0, data: .unknown(.ns, [])),
        ],
        authorities: [
            ResourceRecord(name: zone, ttl: 3, data: .ns(host)),
            ResourceRecord(
                name: zone,
                ttl: 3,
                data: .soa(
                    StartOfAuthority(
                        primary: try name("ns.example.internal"),
                        mailbox: try name("host\\.master.example.internal"),
                        serial: 1,
                        refresh: 2,
                        retry: 3,
                        expire: 4,
                        minimum: 5
                    )
                )
            ),
        ],
        additionals: [
            ResourceRecord(name: .root, ttl: 4, data: .ns(.root))
        ],
        edns: EDNS(
            udpPayloadSize: 1232,
            extendedRCode: 1,
            dnssecOK: true,
            options: [
                EDNSOption(code: 10, data: [1, 2, 3]),
                ClientSubnet(family: 1, sourceLength: 24, scopeLength: 0, address: [192, 0, 2])
                    .option,
            ]
        )
    )
}
