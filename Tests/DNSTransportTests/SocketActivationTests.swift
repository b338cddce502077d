// SPDX-License-Identifier: Apache-2.0
import Glibc
import Testing

@testable import DNSTransport

@Suite("Socket activation and errors")
struct SocketActivationTests {
    @Test("sockets are numbered from 3 and named, for this process only")
    func environment() {
        let environment = [
            "LISTEN_PID": "42", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "dns:http:waypost-dns.socket",
        ]
        let activation = SocketActivation(environment: environment, processID: 42)
        #expect(activation.sockets.map(\.descriptor) == [3, 4, 5])
        #expect(activation.forDNS.map(\.descriptor) == [3, 5])
        #expect(SocketActivation(environment: environment, processID: 43).sockets.isEmpty)
        #expect(SocketActivation(environment: [:], processID: 42).sockets.isEmpty)
    }

    @Test("sockets without names are for DNS")
    func unnamed() {
        let activation = SocketActivation(
            environment: ["LISTEN_PID": "42", "LISTEN_FDS": "2"],
            processID: 42
        )
        #expect(activation.forDNS.map(\.descriptor) == [3, 4])
    }

    @Test("an error names address, reason and mend")
    func mends() throws {
        let endpoint = try #require(DNSEndpoint(host: "127.0.0.1", port: 53))
        let denied = DNSServerError.binding(endpoint, transport: "udp", errno: EACCES)
        #expect(denied.code == .permissionDenied)
        #expect(denied.message.hasPrefix("cannot listen on udp 127.0.0.1:53: Permission denied."))
        #expect(denied.message.contains("setcap cap_net_bind_service=+ep"))
        #expect(denied.message.contains("systemd"))
        let absent = DNSServerError.binding(endpoint, transport: "tcp", errno: EADDRNOTAVAIL)
        #expect(absent.code == .addressNotAvailable)
        #expect(absent.location == "tcp 127.0.0.1:53")
    }

    @Test("binding an address that this machine does not have says so")
    func notOurs() throws {
        let endpoint = try #require(DNSEndpoint(host: "192.0.2.1", port: 0))
        #expect {
            _ = try DatagramSocket(
                binding: endpoint,
                isShared: true,
                isDualStack: false,
                receiveBuffer: 0
            )
        } throws: { error in
            (error as? DNSServerError)?.code == .addressNotAvailable
        }
    }
}
