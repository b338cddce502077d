// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Logging
import ServiceLifecycle

/// Reloads the configuration when one of its files changes (`auto_reload_config`), as SIGHUP does.
///
/// It looks at the files once a second. That follows links, so that volumes whose links are
/// exchanged (Kubernetes) count as changed, and works on file systems that tell nothing.
struct ConfigurationWatcher: Service {
    /// How the files look, by their paths.
    let look: @Sendable () async -> [String: FileStamp]
    let reload: @Sendable () async -> Void
    /// Waits until the next look; `false` at the end.
    let pause: @Sendable () async -> Bool
    let logger: Logger
    private let start: [String: FileStamp]

    /// Takes how the files looked when the configuration was read.
    init(
        start: [String: FileStamp],
        look: @escaping @Sendable () async -> [String: FileStamp],
        reload: @escaping @Sendable () async -> Void,
        pause: @escaping @Sendable () async -> Bool = {
            (try? await Task.sleep(for: .seconds(1))) != nil
        },
        logger: Logger
    ) {
        self.start = start
        self.look = look
        self.reload = reload
        self.pause = pause
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { await watch() }
    }

    /// Looks until there is no next look.
    func watch() async {
        var trigger = ChangeTrigger(start)
        while await pause() {
            guard trigger.look(await look()) else { continue }
            logger.info("configuration files changed, reloading configuration")
            await reload()
        }
    }
}

extension AgentInput {
    /// What a reload reads: files, and directories whose files count.
    func watchedPaths(_ configuration: RuntimeConfiguration) -> [FileStamp.Path] {
        // With `-config-format` every file of a directory is read.
        let endings = flags.format == nil ? [".hcl", ".json"] : []
        let written =
            flags.pathNames.map { FileStamp.Path(path: $0, endings: endings) }
            + configuration.zoneDirectories.map { FileStamp.Path(path: $0, endings: [".zone"]) }
        var paths: [String] = []
        if let https = configuration.http.https {
            paths += [https.certificate.path, https.key.path]
            paths += [https.authorityFile?.path, https.authorityDirectory?.path].compactMap(\.self)
        }
        if let tls = configuration.checks.agentTLS {
            paths += [tls.caFile, tls.caPath, tls.certFile, tls.keyFile].filter { !$0.isEmpty }
        }
        return written + paths.map { FileStamp.Path(path: $0) }
    }
}
