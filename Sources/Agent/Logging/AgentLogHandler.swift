// SPDX-License-Identifier: Apache-2.0
import Logging

/// Writes Consul's log lines: `2006-01-02T15:04:05.000-0700 [INFO]  agent.server: message: key=value`
/// (Consul: hclog; spec cli.md 5.1), or the same as JSON.
struct AgentLogHandler: LogHandler {
    /// The name before the message (`agent.dns`).
    let label: String
    /// How lines look, shared by all loggers.
    let settings: LogSettings
    var metadata: Logger.Metadata = [:]
    private var ownLevel: Logger.Level?

    init(label: String, settings: LogSettings) {
        self.label = label
        self.settings = settings
    }

    /// The level of this logger, if it was given one, else the lowest that anybody reads.
    var logLevel: Logger.Level {
        get { ownLevel ?? settings.lowest }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        settings.pass(event.level) { form in line(event, form) }
    }

    private func line(_ event: LogEvent, _ form: LogForm) -> String {
        let pairs = metadata.merging(event.metadata ?? [:]) { _, new in new }
            .sorted { $0.key < $1.key }
        let name = Self.name(of: event.level)
        var line = ""
        switch form {
        case .json:
            line += "{\"@level\":\"\(name.lowercased())\","
            line += "\"@message\":\(LogText.quoted("\(event.message)"))"
            line += ",\"@module\":\(LogText.quoted(label))"
            line += ",\"@timestamp\":\"\(LocalTime.now())\""
            for (key, value) in pairs {
                line += ",\(LogText.quoted(key)):\(LogText.quoted("\(value)"))"
            }
            return line + "}\n"
        case .text:
            let tag = "[\(name)]"
            let padding = String(repeating: " ", count: max(1, 8 - tag.utf8.count))
            line += "\(LocalTime.now()) \(tag)\(padding)"
        case .body: break
        }
        line += "\(label): \(LogText.plain("\(event.message)"))"
        if !pairs.isEmpty {
            line += ":" + pairs.map { " \($0.key)=\(LogText.value("\($0.value)"))" }.joined()
        }
        return line + "\n"
    }

    private static func name(of level: Logger.Level) -> String {
        switch level {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info, .notice: "INFO"
        case .warning: "WARN"
        case .error, .critical: "ERROR"
        }
    }
}
