// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Reads whole files, of limited size, that are files indeed.
enum RegularFile {
    /// The octets of a file.
    static func read(_ path: String, limit: Int) throws(ZoneFileError) -> [UInt8] {
        // Not blocking: a FIFO named *.zone must not hold up a reload.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(path, "open", errno) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw failure(path, "examine", errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ZoneFileError(
                code: .unreadable,
                message: "This is no regular file. Only files may be named *.zone.",
                location: .init(path: path, line: nil)
            )
        }
        guard status.st_size <= limit else { throw tooLarge(path, limit: limit) }
        var octets: [UInt8] = []
        octets.reserveCapacity(Int(status.st_size))
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { room in
                unsafe Glibc.read(descriptor, room.baseAddress, room.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(path, "read", errno) }
            if count == 0 { return octets }
            octets += buffer[..<count]
            guard octets.count <= limit else { throw tooLarge(path, limit: limit) }
        }
    }

    /// An error of the system, in its words.
    static func failure(_ path: String, _ action: String, _ number: Int32) -> ZoneFileError {
        var text = [CChar](repeating: 0, count: 128)
        let isKnown = unsafe strerror_r(number, &text, text.count) == 0
        let octets = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let reason = isKnown ? String(decoding: octets, as: UTF8.self) : "error \(number)"
        return ZoneFileError(
            code: .unreadable,
            message: "Cannot \(action): \(reason). Check the path and its permissions.",
            location: .init(path: path, line: nil)
        )
    }

    private static func tooLarge(_ path: String, limit: Int) -> ZoneFileError {
        ZoneFileError(
            code: .tooLarge,
            message: "The file is larger than \(limit >> 20) MiB. Split the zone.",
            location: .init(path: path, line: nil)
        )
    }
}
