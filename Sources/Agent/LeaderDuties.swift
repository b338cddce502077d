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
    /// Writes what the start could not write, until it returns; `nil` when nothing is left.
    var owed: (@Sendable () async throws -> Void)?
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
            var gone = 0
            for name in OwnNode.strangers(in: snapshots.snapshot(), own: own) {
                if Task.isCancelled { return }
                // Many of them take their time: it may be another's by now.
                guard OwnNode.isStranger(name, in: snapshots.snapshot(), own: own) else { continue }
                do throws(SubmitError) {
                    _ = try await submitter.submit(.deregister(Deregistration(node: name)))
                    gone += 1
                } catch {
                    logger.warning(
                        "nodes that are no members stay",
                        metadata: ["first": "\(name)", "error": "\(error)"]
                    )
                    break
                }
            }
            if gone > 0 {
                logger.info(
                    "deregistered nodes that are no members",
                    metadata: ["nodes": "\(gone)"]
                )
            }
        }
    }

    private func keepRegistered() async {
        var owed = owed
        while !Task.isCancelled {
            let topic = WatchTopic.node(StateStore.folded(local.read().node.name))
            // Registered before the look, so that no change is lost between them.
            let watch = watches.register([topic])
            var isDone = await look()
            if isDone, let write = owed {
                do {
                    try await write()
                    owed = nil
                } catch {
                    isDone = false
                    logger.warning(
                        "config entries of the configuration are not written",
                        metadata: ["error": "\(error)"]
                    )
                }
            }
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
            try await OwnNode.submit(command, to: submitter)
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
