// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Testing

@testable import DNSTransport

extension OnSockets {
    /// What recursors say about names of ours, through a whole server.
    @Suite("Recursors and names of ours")
    struct HomeLeadTests {
        /// Answers every name with an alias to this one, and a forged address for it.
        private static func alias(to target: String) -> TestUpstream.Behaviour {
            { seen in
                guard let query = seen.message, let question = query.questions.first,
                    let target = try? DomainName(text: target)
                else { return [] }
                let reply = Message(
                    header: Header(
                        id: query.header.id,
                        isResponse: true,
                        recursionDesired: true,
                        recursionAvailable: true
                    ),
                    questions: [question],
                    answers: [
                        Recursors.record(question.name, .cname(target)),
                        Recursors.record(target, .a(IPv4Address(6, 6, 6, 6))),
                    ],
                    edns: query.edns
                )
                return (try? reply.encoded()).map { [$0] } ?? []
            }
        }

        private func ask(
            _ name: String,
            _ type: RecordType = .a,
            aliasTo target: String,
            overTCP: Bool = false
        ) async throws -> Message {
            let upstream = try await TestUpstream(Self.alias(to: target))
            let test = try await TestServer(recursors: [upstream.address])
            let client = try TestClient(test.endpoint, overTCP: overTCP)
            let octets = try Queries.octets(name, type, edns: EDNS(udpPayloadSize: 1232))
            let reply = try Message(decoding: #require(client.ask(octets)))
            await test.stop()
            await upstream.stop()
            return reply
        }

        @Test("an alias into our domain ends with our addresses", arguments: [false, true])
        func ours(overTCP: Bool) async throws {
            let reply = try await ask(
                "evil.test",
                aliasTo: "web.service.consul",
                overTCP: overTCP
            )
            #expect(reply.responseCode == .noError && !reply.header.isAuthoritative)
            #expect(reply.answers.map(\.name.description).first == "evil.test.")
            let addresses = Set(reply.answers.dropFirst().map(\.data))
            #expect(
                addresses == [.a(IPv4Address(10, 0, 0, 1)), .a(IPv4Address(10, 0, 0, 2))]
            )
        }

        @Test("other types are answered too, and names that do not exist")
        func types() async throws {
            let services = try await ask("evil.test", .srv, aliasTo: "web.service.consul")
            #expect(services.answers.map(\.type) == [.cname, .srv, .srv])
            let none = try await ask("evil.test", aliasTo: "nope.service.consul")
            #expect(none.responseCode == .nameError)
            #expect(none.answers.map(\.type) == [.cname])
            #expect(none.authorities.map(\.type) == [.soa])
        }

        @Test("a host name whose alias leads back to the service ends there")
        func circle() async throws {
            let reply = try await ask("ext.service.consul", aliasTo: "ext.service.consul")
            #expect(reply.answers.map(\.type) == [.cname, .cname])
            let foreign = try await ask("evil.test", aliasTo: "ext.service.consul")
            #expect(foreign.answers.map(\.type) == [.cname, .cname, .cname])
        }
    }
}
