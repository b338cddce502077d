// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore
import TestSupport
import Testing

@testable import HTTPAPI

@Suite("Request bodies")
struct BodyTests {
    private func parse(_ text: String) throws -> JSONValue {
        try JSONParser.parse(Array(text.utf8))
    }

    @Test("every member of a check is taken")
    func check() throws {
        let check = try CheckBody.registration(
            parse(
                """
                {"ID":"i","Name":"n","Notes":"o","ServiceID":"s","Token":"t","Status":"warning",
                 "Args":["a","b"],"Shell":"sh","DockerContainerID":"d","HTTP":"h","Method":"POST",
                 "Header":{"X":["1","2"]},"Body":"b","DisableRedirects":true,"TCP":"t:1",
                 "TCPUseTLS":true,"UDP":"u:1","GRPC":"g:1","GRPCUseTLS":true,"H2PING":"p:1",
                 "H2PingUseTLS":false,"OSService":"os","TLSServerName":"tn","TLSSkipVerify":true,
                 "AliasService":"as","AliasNode":"an","TTL":"1s","Interval":"2s",
                 "Timeout":3000000000,"SuccessBeforePassing":1,"FailuresBeforeWarning":2,
                 "FailuresBeforeCritical":3,"DeregisterCriticalServiceAfter":"1m",
                 "OutputMaxSize":5}
                """
            )
        )
        var expected = CheckDefinition()
        (expected.id, expected.name, expected.notes) = ("i", "n", "o")
        (expected.serviceID, expected.token, expected.status) = ("s", "t", .warning)
        (expected.args, expected.shell, expected.dockerContainerID) = (["a", "b"], "sh", "d")
        (expected.http, expected.method, expected.body) = ("h", "POST", "b")
        (expected.header, expected.disableRedirects) = (["X": ["1", "2"]], true)
        (expected.tcp, expected.tcpUseTLS, expected.udp) = ("t:1", true, "u:1")
        (expected.grpc, expected.grpcUseTLS) = ("g:1", true)
        (expected.h2ping, expected.h2pingUseTLS, expected.osService) = ("p:1", false, "os")
        (expected.tlsServerName, expected.tlsSkipVerify) = ("tn", true)
        (expected.aliasService, expected.aliasNode) = ("as", "an")
        (expected.ttl, expected.interval, expected.timeout) = (
            .seconds(1), .seconds(2), .seconds(3)
        )
        (expected.successBeforePassing, expected.failuresBeforeWarning) = (1, 2)
        (expected.failuresBeforeCritical, expected.outputMaxSize) = (3, 5)
        expected.deregisterCriticalServiceAfter = .seconds(60)
        #expect(check == expected)
    }

    @Test(
        "what is kept as it is, or not at all, must have its type",
        arguments: [
            #""Proxy":{"Config":5}"#, #""Proxy":{"Config":[]}"#, #""Proxy":{"Expose":true}"#,
            #""Proxy":{"Upstreams":[5]}"#, #""Proxy":{"Upstreams":{}}"#,
            #""Proxy":{"LocalServiceSocketPath":5}"#, #""Proxy":{"TransparentProxy":"x"}"#,
            #""Proxy":{"AccessLogs":[]}"#, #""Proxy":{"EnvoyExtensions":["x"]}"#,
            #""Proxy":{"TransparentProxy":{"DialedDirectly":1}}"#,
            #""Proxy":{"TransparentProxy":{"Port":1}}"#, #""Proxy":{"AccessLogs":{"Type":5}}"#,
            #""Proxy":{"EnvoyExtensions":[{"Arguments":5}]}"#, #""Proxy":{"MutualTLSMode":5}"#,
            #""Connect":{"PeerMeta":5}"#, #""Locality":"x""#,
        ]
    )
    func typesOfKeptParts(member: String) throws {
        let value = try parse("{\"Name\":\"n\",\(member)}")
        #expect(throws: BodyError.self) { try ServiceBody.registration(value) }
    }

    @Test("a node of a transaction has a text as its datacenter")
    func transactionNode() throws {
        let node = #"{"Node":{"Verb":"get","Node":{"Node":"n","Datacenter":5}}}"#
        #expect(throws: BodyError.self) { try TransactionBody.operation(parse(node)) }
    }

    @Test("null counts as absent, the last of equal names wins")
    func nullAndDuplicates() throws {
        let service = try ServiceBody.registration(
            parse(#"{"Name":"a","name":"b","Tags":null,"Check":null,"Checks":[null],"Port":null}"#)
        )
        #expect(service == ServiceDefinition(name: "b"))
    }

    @Test(
        "wrong types are refused",
        arguments: [
            (#"{"Tags":"x"}"#, "cannot unmarshal string into Go struct field"),
            (#"{"Tags":[1]}"#, "cannot unmarshal number into Go struct field"),
            (#"{"Meta":{"a":1}}"#, "cannot unmarshal number into Go struct field"),
            (#"{"Port":1.5}"#, "cannot unmarshal number 1.5 into Go struct field"),
            (#"{"Check":[]}"#, "cannot unmarshal array into Go value of type structs.CheckType"),
            (#"{"Check":{"TTL":true}}"#, "cannot unmarshal bool into Go struct field"),
            (#"{"Weights":{"Passing":1,"X":1}}"#, #"unknown field "X""#),
            (#"{"TaggedAddresses":[]}"#, "cannot unmarshal array into Go struct field"),
            (#"{"Connect":{"SidecarService":7}}"#, "cannot unmarshal number into Go value"),
        ]
    )
    func wrongTypes(body: String, text: String) throws {
        let value = try parse(body)
        let error = #expect(throws: BodyError.self) { try ServiceBody.registration(value) }
        #expect(error?.message.contains(text) == true)
    }

    @Test("a catalog check without status is critical, without ID named by its name")
    func catalogCheck() throws {
        let body = try CatalogBody.register(
            parse(
                #"{"Node":"n","Check":{"Name":"c"},"Checks":[{"CheckID":"d","Status":"odd"}]}"#
            )
        )
        #expect(body.registration.checks.map(\.id) == ["d", "c"])
        #expect(body.registration.checks.map(\.status.rawValue) == ["odd", "critical"])
        #expect(body.registration.checks.map(\.name) == ["", "c"])
    }

    @Test("no mutilated body traps, and what is read writes itself back")
    func mutilated() throws {
        let seed = Array(
            """
            {"Name":"w\\u00e9b","Tags":["a","b"],"Port":80,"Meta":{"k":"v"},"Check":{"TTL":"30s",
            "Header":{"X":["1"]}},"Weights":{"Passing":1,"Warning":2},"TaggedAddresses":{},
            "Proxy":{"Config":{"x":[1.5e3,null,true]}}}
            """.utf8
        )
        var generator = SplitMix64(seed: 1)
        for _ in 0..<20_000 {
            var body = seed
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let at = Int.random(in: 0..<body.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: body[at] = UInt8.random(in: .min ... .max, using: &generator)
                case 1: body.removeLast(body.count - max(1, at))
                default: body.insert(contentsOf: body[at..<min(at + 9, body.count)], at: at)
                }
            }
            guard let value = try? JSONParser.parse(body) else { continue }
            _ = try? ServiceBody.registration(value)
            _ = try? CatalogBody.register(value)
            var writer = JSONWriter()
            writer.value(value)
            #expect(try JSONParser.parse(writer.text) == value)
        }
    }
}
