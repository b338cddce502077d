// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Says which process holds a port, as `ss -p` would: sockets from /proc/net, their owners from
/// /proc/*/fd.
///
/// Best effort: another user's process stays unnamed.
enum PortHolder {
    /// A sentence for an error text, such as `held by dnsmasq (pid 812)`; `nil` when unknown.
    static func describe(port: Int) -> String? {
        var inodes: Set<String> = []
        for table in ["tcp", "tcp6", "udp", "udp6"] {
            guard let octets = ConfigurationFiles.octets(of: "/proc/net/\(table)") else { continue }
            for line in String(decoding: octets, as: UTF8.self).split(separator: "\n").dropFirst() {
                let fields = line.split(separator: " ")
                guard fields.count > 9, let colon = fields[1].lastIndex(of: ":"),
                    Int(fields[1][fields[1].index(after: colon)...], radix: 16) == port
                else { continue }
                // TCP: only listening sockets (state 0A) hold the port against us.
                if table.hasPrefix("tcp"), fields[3] != "0A" { continue }
                inodes.insert("socket:[\(fields[9])]")
            }
        }
        guard !inodes.isEmpty else { return nil }
        for process in entries(of: "/proc")
        where process.utf8.allSatisfy({ (48...57).contains($0) }) {
            for descriptor in entries(of: "/proc/\(process)/fd") {
                var buffer = [UInt8](repeating: 0, count: 64)
                let count = unsafe buffer.withUnsafeMutableBytes { octets in
                    guard let base = octets.baseAddress else { return 0 }
                    return unsafe readlink(
                        "/proc/\(process)/fd/\(descriptor)",
                        base.assumingMemoryBound(to: CChar.self),
                        octets.count
                    )
                }
                guard count > 0 else { continue }
                if inodes.contains(String(decoding: buffer[..<count], as: UTF8.self)) {
                    let name = ConfigurationFiles.octets(of: "/proc/\(process)/comm")
                        .map { String(decoding: $0.filter { $0 != 10 }, as: UTF8.self) }
                    return "held by \(name ?? "a process") (pid \(process))"
                }
            }
        }
        return "held by another process"
    }

    private static func entries(of path: String) -> [String] {
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { octets in
                unsafe String(decoding: octets.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}
