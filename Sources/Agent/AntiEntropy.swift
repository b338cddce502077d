// SPDX-License-Identifier: Apache-2.0
import Logging
import ServiceLifecycle

/// Full synchronization of local state and catalog: at start, then every minute and a random part
/// of a minute (Consul: spec http-api.md 7.2); 15 s and a random part of 15 s after a failure.
struct AntiEntropy: Service {
    let local: LocalAgent
    let outputInterval: Duration
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await local.flushDeferredOutputs(after: outputInterval) }
                group.addTask { await synchronizeForever() }
            }
        }
    }

    private func synchronizeForever() async {
        var generator = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            var pause = Duration.seconds(60)
            do {
                let count = try await local.synchronize()
                if count > 0 { logger.info("synced local state", metadata: ["writes": "\(count)"]) }
            } catch {
                pause = .seconds(15)
                logger.warning("sync failed, will retry", metadata: ["error": "\(error)"])
            }
            let jitter = Int(pause.components.seconds) * 1000
            pause += .milliseconds(Int.random(in: 0...jitter, using: &generator))
            // Cancelled: the loop's condition ends it.
            try? await Task.sleep(for: pause)
        }
    }
}
