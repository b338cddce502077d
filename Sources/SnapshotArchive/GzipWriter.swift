// SPDX-License-Identifier: Apache-2.0
import CZlib

/// Compresses a stream of octets (RFC 1952).
///
/// Used by one thread at a time.
@safe
final class GzipWriter {
    /// Octets that are asked for at once.
    private static let room = 64 << 10

    // In memory of its own: zlib keeps its address.
    private let stream: UnsafeMutablePointer<z_stream>

    /// Begins a stream.
    ///
    /// - Parameter level: 1 is fastest, 9 smallest.
    init(level: Int32) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe waypost_gzip_begin(stream, level)
        // Z_MEM_ERROR or a level that does not exist.
        precondition(status == Z_OK, "zlib does not begin: \(status)")
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Compresses octets; what comes of them so far is appended to `output`.
    func append(_ octets: [UInt8], to output: inout [UInt8]) {
        run(octets, flush: Z_NO_FLUSH, to: &output)
    }

    /// Ends the stream.
    func finish(_ output: inout [UInt8]) { run([], flush: Z_FINISH, to: &output) }

    private func run(_ octets: [UInt8], flush: Int32, to output: inout [UInt8]) {
        var input = octets
        unsafe input.withUnsafeMutableBufferPointer { buffer in
            unsafe stream.pointee.next_in = buffer.baseAddress
            unsafe stream.pointee.avail_in = uInt(buffer.count)
            repeat {
                let part = unsafe [UInt8](unsafeUninitializedCapacity: Self.room) { room, count in
                    unsafe stream.pointee.next_out = room.baseAddress
                    unsafe stream.pointee.avail_out = uInt(room.count)
                    unsafe deflate(stream, flush)
                    count = unsafe room.count - Int(stream.pointee.avail_out)
                }
                output += part
            } while unsafe stream.pointee.avail_out == 0
        }
    }
}
