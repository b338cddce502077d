// SPDX-License-Identifier: Apache-2.0
import Glibc

/// How long this process has lived, by the kernel's own account (proc(5): `starttime`).
enum ProcessAge {
    /// Milliseconds since the process was started; the kernel counts in steps of 10 ms.
    static func milliseconds() -> Int {
        guard let octets = ConfigurationFiles.octets(of: "/proc/self/stat") else { return 0 }
        let text = String(decoding: octets, as: UTF8.self)
        // The name in parentheses may hold blanks: count the fields after it.
        guard let close = text.lastIndex(of: ")") else { return 0 }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 19, let ticks = Int(fields[19]) else { return 0 }
        let started = ticks * 1000 / sysconf(Int32(_SC_CLK_TCK))
        return max(0, uptime() - started)
    }

    /// Milliseconds since the machine started (proc(5): `uptime`, in steps of 10 ms).
    private static func uptime() -> Int {
        guard let octets = ConfigurationFiles.octets(of: "/proc/uptime") else { return 0 }
        let digits = octets.prefix { $0 != UInt8(ascii: " ") }.filter { $0 != UInt8(ascii: ".") }
        return (Int(String(decoding: digits, as: UTF8.self)) ?? 0) * 10
    }
}
