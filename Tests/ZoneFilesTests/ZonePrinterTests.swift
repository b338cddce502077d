// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Testing
import ZoneFiles

@Suite("Printing")
struct ZonePrinterTests {
    @Test("records that libldns must not see are printed in the generic form (RFC 3597 §5)")
    func generic() throws {
        let name = try DomainName(text: "a.test")
        func text(_ data: RecordData, _ recordClass: RecordClass = .in) -> String {
            ZonePrinter.print(ResourceRecord(name: name, class: recordClass, ttl: 1, data: data))
        }
        #expect(
            text(.unknown(RecordType(rawValue: 11), [1, 2])) == "a.test.\t1\tIN\tTYPE11\t\\# 2 0102"
        )
        #expect(text(.unknown(.a, [])) == "a.test.\t1\tIN\tA\t\\# 0")
        #expect(text(.unknown(.ds, [0])) == "a.test.\t1\tIN\tDS\t\\# 1 00")
        #expect(
            text(.a(IPv4Address(bits: 0xc000_0201)), .ch) == "a.test.\t1\tCH\tA\t\\# 4 c0000201"
        )
        let long = RecordData.txt(Array(repeating: Array(repeating: 0, count: 255), count: 100))
        #expect(text(long).hasPrefix("a.test.\t1\tIN\tTXT\t\\# 25600 ff00"))
        let tooLong = RecordData.txt([Array(repeating: 0, count: 256)])
        #expect(text(tooLong).hasPrefix(";"))
    }

    @Test("a message in the manner of dig")
    func message() throws {
        let name = try DomainName(text: "a.test")
        let message = Message(
            header: Header(
                id: 7,
                isResponse: true,
                isAuthoritative: true,
                recursionDesired: true,
                responseCode: .noError
            ),
            questions: [Question(name: name, type: .a)],
            answers: [
                ResourceRecord(name: name, ttl: 60, data: .a(IPv4Address(bits: 0xc000_0201)))
            ],
            edns: EDNS(
                udpPayloadSize: 1232,
                dnssecOK: true,
                options: [
                    EDNSOption(code: 8, data: [0, 1, 24, 0, 192, 0, 2]),
                    EDNSOption(code: 8, data: [0, 2, 16, 0, 0x20, 0x01]),
                    EDNSOption(code: 10, data: [1]),
                ]
            )
        )
        #expect(
            ZonePrinter.print(message) == """
                ;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 7
                ;; flags: qr aa rd; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1

                ;; OPT PSEUDOSECTION:
                ; EDNS: version: 0, flags: do; udp: 1232
                ; CLIENT-SUBNET: 192.0.2.0/24/0
                ; CLIENT-SUBNET: 2001::/16/0
                ; OPT=10: \\# 1 01

                ;; QUESTION SECTION:
                ;a.test.\tIN\tA

                ;; ANSWER SECTION:
                a.test.\t60\tIN\tA\t192.0.2.1

                """
        )
    }
}
