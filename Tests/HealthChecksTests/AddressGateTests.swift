// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HealthChecks

@Suite("Addresses to which checks connect")
struct AddressGateTests {
    private func connect(
        _ host: String,
        to server: any Channel,
        _ rule: @escaping AddressGate.Rule
    ) async throws -> any Channel {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AddressGate(rule))
                }
            }
            .connect(host: host, port: try #require(server.localAddress?.port))
            .get()
    }

    @Test("every address of a name is asked about, and one that is refused is not connected to")
    func refused() async throws {
        let record = HTTPRecord()
        let server = try await startHTTPServer(record)
        for host in ["localhost", "127.0.0.1"] {
            let error = await #expect(throws: (any Error).self) {
                try await connect(host, to: server) { address throws(AddressRefusal) in
                    throw AddressRefusal(text: "no \(address.ipAddress?.isEmpty == false)")
                }
            }
            let cause = try AddressRefusal.cause(of: #require(error))
            #expect(cause == AddressRefusal(text: "no true"))
        }
        #expect(record.contents.withLock { $0.connections } == 0)
        try await server.close()
    }

    @Test("where one address of a name is refused, another will do")
    func another() async throws {
        let server = try await startHTTPServer(HTTPRecord())
        let channel = try await connect("localhost", to: server) { address throws(AddressRefusal) in
            if address.protocol == .inet6 { throw AddressRefusal(text: "no IPv6") }
        }
        #expect(channel.remoteAddress == server.localAddress)
        try await channel.close()
        try await server.close()
    }

    @Test("other failures have no refusal for their cause")
    func others() {
        #expect(AddressRefusal.cause(of: ChannelError.ioOnClosedChannel) == nil)
    }
}
