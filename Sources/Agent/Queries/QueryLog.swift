// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import DNSTransport
import Logging
import Locking

/// Writes the query log: into the agent's own log, or a file that rotates as that of the agent
/// (`dns_config.query_log`).
final class QueryLog: Sendable {
    private struct State {
        var settings = QueryLogConfiguration()
        var file: LogFile?
    }

    private let state = Lock(State())
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    /// Takes up settings; a file that is in use already stays open.
    ///
    /// - Throws: ``FileProblem`` when the file cannot be opened; nothing has changed then.
    func update(_ settings: QueryLogConfiguration, _ log: LogConfiguration) throws(FileProblem) {
        let isFile = settings.isEnabled && settings.path != QueryLogConfiguration.agentLog
        var file = state.withLock { $0.settings.path == settings.path ? $0.file : nil }
        if isFile, file == nil {
            file = try LogFile(
                LogRotation(log, path: settings.path),
                key: "dns_config.query_log.path",
                name: "query_log"
            )
        }
        let used = isFile ? file : nil
        state.withLock { state in
            state.settings = settings
            state.file = used
        }
    }

    /// Lines that could not be written to the file in use.
    var lostLines: UInt64 { state.withLock { $0.file }?.lostLines ?? 0 }

    /// Writes what is for the log.
    func write(_ queries: [TappedQuery]) {
        let (settings, file) = state.withLock { ($0.settings, $0.file) }
        guard settings.isEnabled else { return }
        let lines = queries.lazy.filter(\.isForLog).map(QueryLine.init)
        if let file {
            for line in lines {
                file.write(
                    settings.isJSON
                        ? line.json + "\n" : "\(LocalTime.text(of: line.query.time)) \(line.text)\n"
                )
            }
        } else {
            for line in lines { logger.info("query: \(settings.isJSON ? line.json : line.text)") }
        }
    }
}

extension QueryTapSettings {
    /// What the configuration asks of the DNS server.
    init(_ dns: DNSConfiguration) {
        self.init()
        samples = dns.countsTop
        let log = dns.queryLog
        guard log.isEnabled else { return }
        logsOneIn = log.sampleRate > 0 ? max(1, Int((1 / log.sampleRate).rounded())) : 0
        logsFailures = log.logsFailures
        let (seconds, attoseconds) = log.slowerThan.components
        logsFrom =
            UInt64(clamping: seconds) &* 1_000_000_000
            &+ UInt64(clamping: attoseconds / 1_000_000_000)
    }
}
