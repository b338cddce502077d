// SPDX-License-Identifier: Apache-2.0
import Logging
import ServiceLifecycle
import Telemetry

/// Begins the intervals, reads what is counted elsewhere, and sends what waits to the statsd
/// servers, while the agent runs.
struct TelemetryService: Service {
    let board: MetricsBoard
    let sinks: [StatsdSink]

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await keepIntervals() }
                if !sinks.isEmpty { group.addTask { await send() } }
            }
        }
        for sink in sinks { await sink.close() }
    }

    private func keepIntervals() async {
        // Reading at the beginning of an interval gives it its gauges.
        repeat { board.collect() } while await board.nextReport() != nil
    }

    /// Ten times a second, as go-metrics does.
    private func send() async {
        while !Task.isCancelled {
            // Cancelled: what still waits is sent once more.
            try? await Task.sleep(for: .milliseconds(100))
            for (sink, packets) in zip(sinks, board.packets()) where !packets.isEmpty {
                await sink.send(packets)
            }
        }
    }
}
