// SPDX-License-Identifier: Apache-2.0
import Definitions

/// The state of a service of the operating system, as systemd tells it (`systemctl show`).
public struct UnitState: Hashable, Sendable {
    /// The properties that are asked for.
    public static let properties = ["LoadState", "ActiveState", "SubState", "Result"]

    private var values: [String: String] = [:]

    /// Reads lines of `Name=value`; `nil` where no state is among them.
    public init?(_ text: String) {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, Self.properties.contains(String(parts[0])) else { continue }
            values[String(parts[0])] = String(parts[1])
        }
        guard values["ActiveState"] != nil else { return nil }
    }

    /// The state of the check of that service.
    ///
    /// Passing while it runs; a warning on its way there or while it reloads; critical otherwise,
    /// also while it waits to be started again after a crash.
    public func result(service: String) -> CheckResult {
        if values["LoadState"] == "not-found" {
            return CheckResult(.critical, output: "Service \"\(service)\" does not exist")
        }
        let active = values["ActiveState"] ?? ""
        let sub = values["SubState"] ?? ""
        switch active {
        case "active": return CheckResult(.passing, output: "Service \"\(service)\" is healthy")
        case "activating" where sub != "auto-restart", "reloading", "refreshing":
            return CheckResult(.warning, output: "Service \"\(service)\" is \(active)")
        default:
            let reason = values["Result"].map { $0.isEmpty || $0 == "success" ? "" : ", \($0)" }
            return CheckResult(
                .critical,
                output: "Service \"\(service)\" is \(active) (\(sub)\(reason ?? ""))"
            )
        }
    }

    /// Whether a text can be the name of one unit: characters of systemd's names only, so that it
    /// is neither a pattern nor an option.
    public static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "-"), text.utf8.count <= 255 else {
            return false
        }
        return text.utf8.allSatisfy { octet in
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: ":-_.\\@".utf8.contains(octet)
            }
        }
    }
}
