// SPDX-License-Identifier: Apache-2.0
import LocalState
import Logging
import Publication
import ServiceLifecycle
import StateStore

/// Keeps this server's own node, its service `consul` and its check `serfHealth` in the catalog: whoever takes them
/// out, or restores the snapshot of another server, finds them again a moment later.
struct LeaderDuties: Service {
    let local: LocalAgent
    let submitter: any CommandSubmitter
    let snapshots: any SnapshotReader
    let watches: WatchRegistry<WatchTopic>
    let serverPort: Int
    let version: String
    let logger: Logger
    /// The least time between two looks: changes of the own node may come fast.
    var pause = Duration.seconds(1)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let topic = WatchTopic.node(StateStore.folded(local.read().node.name))
                // Registered before the look, so that no change is lost between them.
                let watch = watches.register([topic])
                let isDone = await look()
                // Cancelled: the loop's condition ends it.
                try? await Task.sleep(for: pause)
                _ = await watch.wait(until: .now + .seconds(isDone ? 60 : 15))
            }
        }
    }

    /// Looks once, and tells the catalog what it lacks; all else of this agent too, since it lacks that as well.
    ///
    /// - Returns: `false` when that failed.
    private func look() async -> Bool {
        guard
            let command = OwnNode.missing(
                from: snapshots.snapshot(),
                node: local.read().node,
                serverPort: serverPort,
                version: version
            )
        else { return true }
        do {
            _ = try await submitter.submit(command)
            _ = try await local.synchronize()
            logger.info("registered this server again")
            return true
        } catch {
            logger.warning("this server is not registered", metadata: ["error": "\(error)"])
            return false
        }
    }
}
