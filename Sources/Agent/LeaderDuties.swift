// SPDX-License-Identifier: Apache-2.0
import LocalState
import Logging
import Publication
import ServiceLifecycle
import StateStore

/// Keeps this server's own node, its service `consul` and its check `serfHealth` in the catalog.
///
/// Whoever takes them out, or restores the snapshot of another server, finds them again a moment later. The nodes of
/// that server's cluster go within a minute or two, since nobody here knows them.
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
    /// How often nodes are looked for that are no members (Consul: 60 s).
    var reapInterval = Duration.seconds(60)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await keepRegistered() }
                group.addTask { await reapForever() }
            }
        }
    }

    private func reapForever() async {
        // Cancelled: the agent stops.
        while (try? await Task.sleep(for: reapInterval)) != nil {
            let own = local.read().node.name
            for name in OwnNode.strangers(in: snapshots.snapshot(), own: own) {
                do throws(SubmitError) {
                    _ = try await submitter.submit(.deregister(Deregistration(node: name)))
                    logger.info(
                        "deregistered a node that is no member",
                        metadata: ["node": "\(name)"]
                    )
                } catch {
                    logger.warning(
                        "a node that is no member stays",
                        metadata: ["node": "\(name)", "error": "\(error)"]
                    )
                }
            }
        }
    }

    private func keepRegistered() async {
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
        do throws(SubmitError) {
            try await OwnNode.register(command, with: submitter)
            logger.info("registered this server again")
        } catch {
            logger.warning("this server is not registered", metadata: ["error": "\(error)"])
            return false
        }
        do throws(SubmitError) {
            _ = try await local.synchronize()
            return true
        } catch {
            // It has told what is missing.
            return false
        }
    }
}
