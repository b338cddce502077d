// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import Commands

@Suite("dns query")
struct DNSQueryCommandTests {
    private func name(_ text: String) throws -> DomainName { try DomainName(text: text) }

    private func outcome(
        _ code: ResponseCode,
        _ data: [RecordData]
    ) throws -> (lines: [String], remark: String, code: Int32) {
        let question = Question(name: try name("web.service.consul"), type: .srv)
        let answers = data.map { ResourceRecord(name: question.name, ttl: 0, data: $0) }
        let reply = Message(
            header: Header(id: 1, isResponse: true, responseCode: code),
            questions: [question],
            answers: answers
        )
        return DNSQueryCommand.outcome(of: reply, question)
    }

    @Test("records are written as dig +short does, exit code 0")
    func records() throws {
        let place = ServiceLocation(
            priority: 1,
            weight: 2,
            port: 80,
            target: try name("n1.node.consul")
        )
        let result = try outcome(
            .noError,
            [
                .srv(place), .txt([Array("a=\"b\"".utf8), [7]]),
                .unknown(.init(rawValue: 65280), [1, 255]),
            ]
        )
        #expect(
            result.lines == ["1 2 80 n1.node.consul.", #""a=\"b\"" "\007""#, "\\# 2 01FF"]
        )
        #expect(result.code == 0)
    }

    @Test("a port beyond 65535 is none")
    func port() throws {
        let client = DNSClient(address: "127.0.0.1:65589")
        let question = Question(name: try name("a.consul"), type: .a)
        let failure = #expect(throws: DNSFailure.self) { try client.ask(question, overTCP: false) }
        #expect(failure?.reason == "address 65589: invalid port")
    }

    @Test("no such name and no records are 1, refusals are 2")
    func negative() throws {
        #expect(try outcome(.nameError, []).code == 1)
        #expect(try outcome(.nameError, []).remark == "web.service.consul. SRV: no such name")
        #expect(try outcome(.noError, []).code == 1)
        #expect(try outcome(.refused, []).code == 2)
    }

    @Test("the question")
    func question() throws {
        #expect(try DNSQueryCommand.question(["a.consul"]).type == .a)
        #expect(try DNSQueryCommand.question(["a.consul", "srv"]).type == .srv)
        #expect(throws: CommandFailure.self) { try DNSQueryCommand.question(["a", "zz"]) }
        #expect(throws: CommandFailure.self) { try DNSQueryCommand.question(["a..b"]) }
    }

    @Test(
        "addresses of servers",
        arguments: [
            ("127.0.0.1:53", "127.0.0.1", "53"), ("127.0.0.1", "127.0.0.1", "8600"),
            ("[::1]:53", "::1", "53"), ("::1", "::1", "8600"), ("[::1]", "::1", "8600"),
        ]
    )
    func addresses(text: String, host: String, port: String) {
        let client = DNSClient(address: text)
        #expect(client.host == host)
        #expect(client.port == port)
    }

    @Test("nobody answers: exit code 2 and what to do")
    func unreachable() async {
        // Port 1 of the loopback refuses at once.
        let outcome = await run("dns", "query", "-dns-addr=127.0.0.1:1", "a.consul")
        #expect(outcome.code == 2)
        #expect(outcome.errors.hasPrefix("Error asking 127.0.0.1:1: connection refused\n"))
        #expect(outcome.errors.contains("waypost agent -dev"))
    }

    @Test("a name is needed")
    func arguments() async {
        let outcome = await run("dns", "query")
        #expect(outcome.code == 1)
        #expect(outcome.errors.hasPrefix("Not enough arguments (expected 1 or 2, got 0)"))
    }
}
