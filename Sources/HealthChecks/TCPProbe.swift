// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import NIOCore
import NIOPosix

/// A TCP check: passing if a connection can be made.
struct TCPProbe: Sendable {
    /// `host:port`, as it was written.
    let target: String
    /// How long name resolution and connecting may take.
    let timeout: Duration

    /// Connects, and closes again at once.
    func run(on eventLoop: any EventLoop) async -> CheckResult {
        guard let hostPort = HostPort(target) else {
            // Consul: registration takes any text; running it fails.
            let text = "dial tcp: address \(target): missing port in address"
            return CheckResult(.critical, output: text)
        }
        do {
            let channel = try await ClientBootstrap(group: eventLoop)
                .connectTimeout(.nanoseconds(GoDuration.nanoseconds(timeout)))
                .connect(
                    host: hostPort.host.isEmpty ? "localhost" : hostPort.host,
                    port: hostPort.port
                )
                .get()
            channel.close(promise: nil)
            return CheckResult(.passing, output: "TCP connect \(target): Success")
        } catch {
            return CheckResult(.critical, output: DialErrorText.text(error, target: target))
        }
    }
}
