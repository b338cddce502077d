// SPDX-License-Identifier: Apache-2.0
import Replication
import ServiceLifecycle

/// Ends sessions that nobody renews, while the agent runs.
struct SessionExpiry: Service {
    let keeper: SessionKeeper

    func run() async throws {
        await cancelWhenGracefulShutdown { await keeper.run() }
    }
}
