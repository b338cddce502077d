// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The process's standard input.
enum StandardInput {
    /// Reads all of it.
    static func read() -> [UInt8] {
        var octets: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe part.withUnsafeMutableBytes { bytes in
                unsafe Glibc.read(STDIN_FILENO, bytes.baseAddress, bytes.count)
            }
            if count < 0, errno == EINTR { continue }
            // What cannot be read on has ended.
            guard count > 0 else { return octets }
            octets += part[..<count]
        }
    }
}
