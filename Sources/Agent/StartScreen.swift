// SPDX-License-Identifier: Apache-2.0

/// The one screen that an agent shows when it is ready: what it listens on and what to try next.
///
/// Ours, not Consul's banner (docs/divergences.md). Every command on it works as pasted.
struct StartScreen {
    /// How this program was called, so that its commands work as pasted.
    var program = "waypost"
    /// Waypost's version.
    var version: String
    /// The node's name.
    var node: String
    /// The datacenter.
    var datacenter: String
    /// Whether state is lost on exit because of `-dev`.
    var isDevelopment: Bool
    /// Where DNS is answered, as `address:port`; empty when off.
    var dns: [String]
    /// Where the HTTP API is served; empty when off.
    var http: [String]
    /// Where HTTPS is served; empty when off.
    var https: [String] = []
    /// Upstreams with where they come from.
    var recursors: [String]
    /// Whether they were read from /etc/resolv.conf.
    var recursorsAreSystem: Bool
    /// The apexes of the static zones.
    var zones: [String]
    /// A service of the configuration files to show, if there is one.
    var exampleService: String?
    /// The zone's domain without the final dot.
    var domain: String
    /// Milliseconds from process start to ready.
    var milliseconds: Int

    /// The screen.
    var text: String {
        var lines = ["Waypost \(version)  node \(node)  datacenter \(datacenter)\(mode)"]
        if let first = dns.first {
            lines.append(row("DNS", dns, "udp tcp", "\(dig(first)) consul.service.\(domain)"))
        }
        if let first = http.first {
            lines.append(
                row("HTTP", http, "", "curl \(url(first))/v1/status/leader")
            )
        }
        if !https.isEmpty { lines.append("  HTTPS     \(https.joined(separator: " "))") }
        if !zones.isEmpty { lines.append("  Zones     \(zones.joined(separator: " "))") }
        if !recursors.isEmpty {
            let origin = recursorsAreSystem ? " (from /etc/resolv.conf)" : ""
            lines.append("  Upstream  \(recursors.joined(separator: " "))\(origin)")
        }
        lines.append("Ready in \(milliseconds) ms. Try:")
        for command in commands { lines.append("  \(command)") }
        return lines.joined(separator: "\n") + "\n"
    }

    private var mode: String {
        isDevelopment ? "  (dev: in memory, data lost on exit)" : "  (server)"
    }

    private var commands: [String] {
        var result: [String] = []
        if let first = dns.first {
            if let exampleService {
                result.append("\(dig(first)) \(exampleService).service.\(domain) SRV")
            }
            if let zone = zones.first(where: { !$0.hasSuffix(".arpa") }) {
                result.append("\(dig(first)) www.\(zone)")
            }
        }
        if let first = http.first {
            let at =
                connectable(first) == "127.0.0.1:8500" ? "" : " -http-addr=\(connectable(first))"
            var command = "\(program) services register\(at) -name=web -port=8080"
            if let dns = dns.first { command += " && \(dig(dns)) web.service.\(domain) SRV +short" }
            result.append(command)
            result.append("\(program) members\(at)")
        }
        return result
    }

    private func row(
        _ name: String,
        _ addresses: [String],
        _ note: String,
        _ command: String
    )
        -> String
    {
        let left = "  " + pad(name, 10) + addresses.joined(separator: " ") + "   " + note
        return pad(left, 44) + command
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(2, width - text.utf8.count))
    }

    private func dig(_ address: String) -> String {
        let parts = split(connectable(address))
        return parts.port == "53" ? "dig @\(parts.host)" : "dig @\(parts.host) -p \(parts.port)"
    }

    /// What curl takes to reach an address of the API.
    private func url(_ address: String) -> String {
        guard let path = socketPath(address) else { return "http://\(connectable(address))" }
        return "--unix-socket \(path) http://localhost"
    }

    private func socketPath(_ address: String) -> Substring? {
        address.hasPrefix("unix://") ? address.dropFirst("unix://".count) : nil
    }

    /// An address that a client on this machine can use: a wildcard becomes loopback.
    private func connectable(_ address: String) -> String {
        if socketPath(address) != nil { return address }
        let parts = split(address)
        switch parts.host {
        case "0.0.0.0": return "127.0.0.1:\(parts.port)"
        case "::": return "[::1]:\(parts.port)"
        default: return address
        }
    }

    private func split(_ address: String) -> (host: String, port: String) {
        guard let colon = address.lastIndex(of: ":") else { return (address, "") }
        let host = address[..<colon].filter { $0 != "[" && $0 != "]" }
        return (host, String(address[address.index(after: colon)...]))
    }
}
