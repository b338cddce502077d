// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Testing

@testable import Agent

@Suite("The host's interfaces")
struct HostInspectionTests {
    @Test("the loopback interface is told with its address, its network and its flags")
    func loopback() throws {
        let interfaces = HostInspection.interfaces()
        let first = try #require(interfaces.addresses.first { $0.name == "lo" })
        #expect(first.flags.isSuperset(of: [.up, .loopback]))
        #expect(!first.flags.contains(.broadcast))
        #expect(
            first
                == InterfaceAddress(
                    name: "lo",
                    octets: [127, 0, 0, 1],
                    prefixLength: 8,
                    flags: first.flags
                )
        )
        // Interface by interface: none comes again after another.
        let names = interfaces.addresses.map(\.name)
        let runs = names.indices.filter { $0 == 0 || names[$0 - 1] != names[$0] }
        #expect(runs.count == Set(names).count)
        #expect(interfaces.defaultName != "lo")
    }
}
