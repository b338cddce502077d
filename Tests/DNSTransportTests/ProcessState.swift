// SPDX-License-Identifier: Apache-2.0
import Glibc

/// What the kernel says about this process.
enum ProcessState {
    /// Open descriptors.
    static func descriptors() -> Int {
        guard let directory = unsafe opendir("/proc/self/fd") else { return -1 }
        defer { unsafe closedir(directory) }
        var count = 0
        while unsafe readdir(directory) != nil { count += 1 }
        return count
    }

    /// Whether the number of open descriptors comes down to `most`.
    ///
    /// Suites of other targets open and close theirs in this process meanwhile: only what stays
    /// open is a leak.
    static func settles(atMost most: Int) async throws -> Bool {
        for _ in 0..<200 {
            if descriptors() <= most { return true }
            try await Task.sleep(for: .milliseconds(50))
        }
        return false
    }

    /// Memory in use, in kilobytes.
    static func residentKilobytes() -> Int {
        guard let file = unsafe fopen("/proc/self/statm", "r") else { return -1 }
        defer { unsafe fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard unsafe fgets(&line, 256, file) != nil else { return -1 }
        let octets = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let words = String(decoding: octets, as: UTF8.self).split(separator: " ")
        return (words.count > 1 ? Int(words[1]) ?? 0 : 0) * 4
    }
}
