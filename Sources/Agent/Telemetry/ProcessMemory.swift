// SPDX-License-Identifier: Apache-2.0
import Glibc

/// How much memory this process holds.
enum ProcessMemory {
    /// The resident set in octets; `nil` where there is no /proc.
    static func resident() -> Int? {
        guard let text = ConfigurationFiles.octets(of: "/proc/self/statm") else { return nil }
        return resident(
            statm: String(decoding: text, as: UTF8.self),
            pageSize: sysconf(Int32(_SC_PAGESIZE))
        )
    }

    /// The second number of a `statm` line, in pages.
    static func resident(statm: String, pageSize: Int) -> Int? {
        let fields = statm.split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * pageSize
    }
}
