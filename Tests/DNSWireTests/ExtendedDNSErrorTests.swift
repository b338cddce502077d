// SPDX-License-Identifier: Apache-2.0

import DNSWire
import Testing

@Suite("An extended error says why (RFC 8914)")
struct ExtendedDNSErrorTests {
    @Test("code and text travel as option 15")
    func travels() {
        let error = ExtendedDNSError(.staleAnswer, text: "no healthy instance")
        #expect(error.option.code == 15)
        #expect(error.option.data == [0, 3] + Array("no healthy instance".utf8))
        #expect(ExtendedDNSError(error.option) == error)
    }

    @Test("a final NUL does not count; an option without a code is none")
    func reading() {
        #expect(ExtendedDNSError(EDNSOption(code: 15, data: [0, 22, 0x61, 0]))?.text == "a")
        #expect(ExtendedDNSError(EDNSOption(code: 15, data: [0])) == nil)
        #expect(ExtendedDNSError(EDNSOption(code: 8, data: [0, 3])) == nil)
    }

    @Test("a long text is cut between characters")
    func cutting() {
        let long = ExtendedDNSError(.other, text: String(repeating: "ä", count: 100) + "x")
        #expect(long.option.data.count == 2 + 128)
        let odd = ExtendedDNSError(.other, text: "a" + String(repeating: "ä", count: 100))
        #expect(odd.option.data.count == 2 + 127)
    }

    @Test("a message's extended errors are read in their order")
    func several() {
        let errors = [ExtendedDNSError(.cachedError), ExtendedDNSError(.networkError, text: "x")]
        let edns = EDNS(
            udpPayloadSize: 1232,
            options: [errors[0].option, EDNSOption(code: 10, data: [1]), errors[1].option]
        )
        #expect(edns.extendedErrors == errors)
    }
}
