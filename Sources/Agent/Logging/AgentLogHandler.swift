// SPDX-License-Identifier: Apache-2.0
import CSockets
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
        settings.pass(event.level) { isJSON in line(event, isJSON: isJSON) }
    }

    private func line(_ event: LogEvent, isJSON: Bool) -> String {
        let pairs = metadata.merging(event.metadata ?? [:]) { _, new in new }
            .sorted { $0.key < $1.key }
        var line = isJSON ? "{" : ""
        let name = Self.name(of: event.level)
        if isJSON {
            line += "\"@level\":\"\(name.lowercased())\",\"@message\":\(quoted("\(event.message)"))"
            line += ",\"@module\":\(quoted(label)),\"@timestamp\":\"\(Self.timestamp())\""
            for (key, value) in pairs { line += ",\(quoted(key)):\(quoted("\(value)"))" }
            line += "}"
        } else {
            let tag = "[\(name)]"
            let padding = String(repeating: " ", count: max(1, 8 - tag.utf8.count))
            line += "\(Self.timestamp()) \(tag)\(padding)\(label): \(event.message)"
            if !pairs.isEmpty {
                line += ":" + pairs.map { " \($0.key)=\(Self.value("\($0.value)"))" }.joined()
            }
        }
        return line + "\n"
    }

    private static func value(_ text: String) -> String {
        text.contains(" ") ? "\"\(text)\"" : text
    }

    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
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

    private static func timestamp() -> String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 48) { buffer in
            guard let base = buffer.baseAddress else { return "" }
            let length = unsafe csockets_local_time(base, buffer.count)
            let octets = unsafe UnsafeRawBufferPointer(start: base, count: length)
            return unsafe String(decoding: octets, as: UTF8.self)
        }
    }
}
