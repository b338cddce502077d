// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import StateStore
import Testing

@testable import DNSAnswers

/// DS in reverse zones that are ours: private names do not leave (RFC 6303).
@Suite("DS of reverse names")
struct ReverseSignerTests {
    private func server(isStrict: Bool) throws -> TestServer {
        var server = try TestServer {
            $0.hasRecursors = true
            $0.isStrict = isStrict
        }
        server.settings.reverseZones = [
            try DomainName(text: "9.in-addr.arpa"), try DomainName(text: "1.9.in-addr.arpa"),
            try DomainName(text: "7.10.in-addr.arpa"),
        ]
        server.zones = ZoneSet(zones: [
            try TestServer.zone(
                "20.in-addr.arpa",
                [("7.0.0.20.in-addr.arpa", .ptr(try DomainName(text: "seven.example")))]
            ),
            try TestServer.zone("8.10.in-addr.arpa", []),
        ])
        try server.register(.init(name: "a", address: "10.0.0.1"))
        try server.register(.init(name: "b", address: "20.0.0.1"))
        try server.register(.init(name: "c", address: "8.8.8.8"))
        return server
    }

    @Test("answered here below an apex, by the zone above at one", arguments: [false, true])
    func local(isStrict: Bool) throws {
        let server = try server(isStrict: isStrict)
        for (name, code, zone) in [
            ("1.0.0.10.in-addr.arpa", ResponseCode.noError, "10.in-addr.arpa."),
            ("0.0.10.in-addr.arpa", .noError, "10.in-addr.arpa."),
            ("2.0.0.10.in-addr.arpa", .nameError, "10.in-addr.arpa."),
            ("1.1.168.192.in-addr.arpa", .nameError, "168.192.in-addr.arpa."),
            ("5.5.5.9.in-addr.arpa", .nameError, "9.in-addr.arpa."),
            ("1.9.in-addr.arpa", .noError, "9.in-addr.arpa."),
            ("7.10.in-addr.arpa", .noError, "10.in-addr.arpa."),
            ("1.0.0.20.in-addr.arpa", .noError, "20.in-addr.arpa."),
            ("7.0.0.20.in-addr.arpa", .noError, "20.in-addr.arpa."),
            ("2.0.0.20.in-addr.arpa", .nameError, "20.in-addr.arpa."),
        ] {
            let reply = try server.ask("\(name) DS")
            #expect(reply.responseCode == code && reply.answers.isEmpty, "\(name)")
            #expect(reply.authorities.map { "\($0.name) \($0.type)" } == ["\(zone) SOA"], "\(name)")
        }
        #expect(try server.ask("8.10.in-addr.arpa DS").authorities.map(\.type) == [.soa])
        #expect(try server.ask("1.0.0.20.in-addr.arpa PTR").answers.map(\.type) == [.ptr])
    }

    @Test(
        "asked upstream at an apex that has no zone of ours above it, and elsewhere",
        arguments: [
            "9.in-addr.arpa", "10.in-addr.arpa", "20.in-addr.arpa", "8.8.8.8.in-addr.arpa",
            "1.1.1.1.in-addr.arpa",
        ]
    )
    func forwarded(name: String) throws {
        let server = try server(isStrict: true)
        #expect(throws: TestServer.NoReply.self) { try server.ask("\(name) DS") }
    }

    @Test("a rule that forwards the zone takes its DS along")
    func rules() throws {
        var server = try server(isStrict: false)
        server.settings.forwardedZones = [try DomainName(text: "168.192.in-addr.arpa")]
        #expect(throws: TestServer.NoReply.self) { try server.ask("1.1.168.192.in-addr.arpa DS") }
    }
}
