// SPDX-License-Identifier: Apache-2.0
import Logging
import NIOCore
import NIOPosix

/// Sends packets to one statsd server over UDP; a server that is away loses them, and nothing waits for it.
actor StatsdSink {
    private let settings: TelemetrySettings.Sink
    private let group: any EventLoopGroup
    private let logger: Logger
    private var channel: (any Channel)?
    /// Whether the last attempt to reach it failed: said once until it works again.
    private var hasFailed = false

    init(_ settings: TelemetrySettings.Sink, group: any EventLoopGroup, logger: Logger) {
        self.settings = settings
        self.group = group
        self.logger = logger
    }

    /// Sends packets; a name is looked up anew after a failure.
    func send(_ packets: [[UInt8]]) async {
        do {
            let channel = try await connected()
            for packet in packets {
                try await channel.writeAndFlush(ByteBuffer(bytes: packet)).get()
            }
            hasFailed = false
        } catch {
            await close()
            if !hasFailed {
                logger.warning(
                    "metrics are not sent, will retry",
                    metadata: [
                        "server": "\(settings.host):\(settings.port)", "error": "\(error)",
                    ]
                )
            }
            hasFailed = true
        }
    }

    /// Ends the connection.
    func close() async {
        let old = channel.take()
        // It may be closed already; either way it is gone.
        try? await old?.close().get()
    }

    private func connected() async throws -> any Channel {
        if let channel { return channel }
        let new = try await DatagramBootstrap(group: group)
            .connect(host: settings.host, port: settings.port).get()
        channel = new
        return new
    }
}
