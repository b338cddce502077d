// SPDX-License-Identifier: Apache-2.0
import Definitions
import MessagePack
import Testing

@testable import StateStore

@Suite("Definitions that an agent keeps")
struct DefinitionCodingTests {
    /// A check with something in every member.
    private static var check: CheckDefinition {
        var check = CheckDefinition()
        check.id = "1"
        check.name = "2"
        check.notes = "3"
        check.serviceID = "4"
        check.token = "5"
        check.status = .warning
        check.args = ["a", "b"]
        check.shell = "6"
        check.dockerContainerID = "7"
        check.http = "8"
        check.method = "9"
        check.header = ["X": ["y", "z"], "Empty": []]
        check.body = "10"
        check.disableRedirects = true
        check.tcp = "11"
        check.tcpUseTLS = true
        check.udp = "12"
        check.grpc = "13"
        check.grpcUseTLS = true
        check.h2ping = "14"
        check.h2pingUseTLS = false
        check.osService = "15"
        check.tlsServerName = "16"
        check.tlsSkipVerify = true
        check.aliasService = "17"
        check.aliasNode = "18"
        check.ttl = .zero
        check.interval = .milliseconds(1500)
        check.timeout = .seconds(3)
        check.successBeforePassing = 4
        check.failuresBeforeWarning = 0
        check.failuresBeforeCritical = 5
        check.deregisterCriticalServiceAfter = .seconds(3600)
        check.outputMaxSize = 0
        return check
    }

    @Test("a check comes back in every member")
    func checks() throws {
        let check = Self.check
        let members = Mirror(reflecting: check).children
        let empty = Mirror(reflecting: CheckDefinition()).children
        for (one, two) in zip(members, empty) {
            #expect("\(one.value)" != "\(two.value)", "\(one.label ?? "") is not tried")
        }
        #expect(try CheckDefinition(decoding: check.encoded) == check)
        #expect(try CheckDefinition(decoding: CheckDefinition().encoded) == CheckDefinition())
    }

    @Test("a service comes back in every member, its sidecar too")
    func services() throws {
        let service = ServiceDefinition(
            id: "1",
            name: "2",
            kind: "3",
            tags: ["a", "b"],
            address: "4",
            taggedAddresses: ["lan": ServiceAddress(address: "5", port: 6)],
            port: 7,
            socketPath: "8",
            meta: ["k": "v"],
            weights: ServiceWeights(passing: 0, warning: 9),
            priority: 0,
            enableTagOverride: true,
            checks: [Self.check, CheckDefinition()],
            token: "10",
            proxy: ProxyDefinition(destinationServiceName: "11"),
            connectNative: true,
            sidecar: .proxy(ServiceDefinition(name: "12", port: 13)),
            locality: Locality(region: "14", zone: "15")
        )
        let empty = Mirror(reflecting: ServiceDefinition(name: "")).children
        for (one, two) in zip(Mirror(reflecting: service).children, empty) {
            #expect("\(one.value)" != "\(two.value)", "\(one.label ?? "") is not tried")
        }
        let kept = KeptService(service, sidecarOf: "14")
        #expect(try KeptService(decoding: kept.encoded) == kept)
        let plain = KeptService(ServiceDefinition(name: "web"))
        #expect(try KeptService(decoding: plain.encoded) == plain)
        for cut in kept.encoded.indices {
            #expect(throws: MessagePackError.self) {
                try KeptService(decoding: Array(kept.encoded[..<cut]))
            }
        }
        #expect(kept.alone.definition.checks.isEmpty && kept.alone.definition.sidecar == nil)
    }
}
