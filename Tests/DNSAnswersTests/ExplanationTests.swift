// SPDX-License-Identifier: Apache-2.0
import DNSWire
import DNSZones
import Testing

@testable import DNSAnswers

@Suite("Explanations")
struct ExplanationTests {
    private func explain(
        _ name: String,
        _ type: RecordType = .a,
        _ configuration: String = "C0",
        changing change: (inout DNSSettings) -> Void = { _ in }
    ) throws -> Explanation {
        var snapshot = try #require(try CaseConfiguration.snapshot(configuration))
        change(&snapshot.settings)
        return Explanation(try DomainName(text: name), type, in: snapshot)
    }

    @Test("a service: every instance with the reason why it is answered or not")
    func instances() throws {
        let explanation = try explain("hs.service.consul", .srv)
        #expect(explanation.route == "catalog: service")
        #expect(explanation.code == .noError)
        let answered = explanation.instances.filter(\.isAnswered)
        #expect(answered.count == explanation.answers.count)
        let hidden = explanation.instances.filter { !$0.isAnswered }
        #expect(!hidden.isEmpty)
        #expect(hidden.allSatisfy { $0.reason.contains(" is critical") })
    }

    @Test("nobody is answered elsewhere, and to types that no instance has")
    func obstacles() throws {
        let elsewhere = try explain("web.service.dc9.consul")
        #expect(elsewhere.code == .nameError && !elsewhere.instances.isEmpty)
        #expect(elsewhere.instances.allSatisfy { !$0.isAnswered })
        #expect(
            elsewhere.instances.allSatisfy {
                $0.reason == "is in this datacenter, not where the name asks"
            }
        )
        let unknown = try explain("web.service.consul", RecordType(rawValue: 65))
        #expect(unknown.code == .noError && unknown.answers.isEmpty)
        #expect(unknown.instances.allSatisfy { !$0.isAnswered })
        #expect(unknown.instances.allSatisfy { $0.reason == "has no record of this type" })
    }

    @Test("a tag that is missing")
    func tags() throws {
        let explanation = try explain("nope.web.service.consul")
        #expect(explanation.code == .nameError)
        #expect(explanation.instances.allSatisfy { $0.reason == "does not have the tag" })
        #expect(!explanation.instances.isEmpty)
    }

    @Test("the TTL with the key that it is from")
    func ttl() throws {
        #expect(
            try explain("db-master.service.consul", .a, "C1").ttl
                == "3 s, dns_config.service_ttl[\"db-master\"]"
        )
        #expect(try explain("web.service.consul").ttl == "0 s, the default")
        #expect(try explain("n1.node.consul", .a, "C1").ttl == "11 s, dns_config.node_ttl")
    }

    @Test("who answers")
    func routes() throws {
        #expect(try explain("nope.node.consul").notes.count == 1)
        #expect(try explain("foo.consul").route == "catalog: no form of name")
        let refused = try explain("www.example.net")
        #expect(refused.route == "forwarder" && refused.code == .refused)
        let forwarded = try explain("www.example.net", .a, "C9")
        #expect(forwarded.isForwarded && forwarded.code == nil)
        let pointer = try explain("1.0.0.10.in-addr.arpa", .ptr)
        #expect(pointer.route == "reverse" && pointer.answers.count == 1)
        let local = try explain("7.7.7.10.in-addr.arpa", .ptr, "C9")
        #expect(!local.isForwarded && local.code == .nameError)
        // On the way to addresses, and beyond one.
        #expect(try explain("7.10.in-addr.arpa", .ptr, "C9").code == .noError)
        #expect(try explain("a.b.7.7.7.10.in-addr.arpa", .ptr, "C9").code == .nameError)
    }

    @Test("the same records as the answer, in any order")
    func sameRecords() throws {
        for testCase in ConformanceTests.all where testCase.configuration == "C0" {
            let query = try CaseQuery(testCase.query)
            guard query.recursors.isEmpty, query.question.class == .in,
                case .reply(let expected) = testCase.expectation, expected.code == "NXDOMAIN"
            else { continue }
            let explanation = try explain("\(query.question.name)", query.question.type)
            if explanation.code != nil {
                #expect(explanation.code == .nameError, "\(testCase.number)")
            }
            #expect(explanation.answers.isEmpty, "\(testCase.number)")
        }
    }
}
