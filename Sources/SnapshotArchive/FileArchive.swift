// SPDX-License-Identifier: Apache-2.0

/// Makes a gzipped tar of some files that are in memory.
public struct FileArchive {
    private let gzip = GzipWriter(level: 6)
    private let time: UInt64
    private var octets: [UInt8] = []

    /// Begins an archive.
    ///
    /// - Parameter time: when the files were written, in seconds since 1970.
    public init(time: UInt64) { self.time = time }

    /// Adds a file.
    ///
    /// - Precondition: the name has at most 100 octets.
    public mutating func add(_ name: String, _ content: [UInt8]) {
        gzip.append(
            TarHeader(name: name, size: content.count).encoded(time: time),
            to: &octets
        )
        gzip.append(content, to: &octets)
        let padding = [UInt8](repeating: 0, count: TarHeader.padding(after: content.count))
        if !padding.isEmpty { gzip.append(padding, to: &octets) }
    }

    /// Ends the archive; nothing can be added afterwards.
    ///
    /// - Returns: its octets.
    public mutating func finish() -> [UInt8] {
        // POSIX: two blocks of zeros are the end.
        gzip.append([UInt8](repeating: 0, count: 2 * TarHeader.blockLength), to: &octets)
        gzip.finish(&octets)
        return octets
    }
}
