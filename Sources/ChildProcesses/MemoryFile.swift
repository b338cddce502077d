// SPDX-License-Identifier: Apache-2.0
import CSockets
import Glibc

/// Files without a name, for what commands read on their standard input.
public enum MemoryFile {
    /// A file of some octets, to be read from its beginning; -1 when there is no room for it.
    ///
    /// Whoever reads it may do so when it likes, or not at all: unlike a pipe it holds nobody up.
    public static func make(of octets: [UInt8]) -> CInt {
        let file = csockets_memory_file()
        var rest = octets[...]
        while file >= 0, !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { octets in
                unsafe write(file, octets.baseAddress, octets.count)
            }
            guard written > 0 else { break }
            rest = rest.dropFirst(written)
        }
        guard file >= 0, rest.isEmpty, lseek(file, 0, SEEK_SET) == 0 else {
            if file >= 0 { close(file) }
            return -1
        }
        return file
    }
}
