// SPDX-License-Identifier: Apache-2.0
import CZlib

/// Decompresses a stream of octets that comes piece by piece (RFC 1952).
///
/// Used by one thread at a time.
@safe
final class GzipReader {
    /// Octets that are decompressed at once: what a piece of input can grow to is never in memory.
    private static let room = 64 << 10

    // In memory of its own: zlib keeps its address.
    private let stream: UnsafeMutablePointer<z_stream>
    private var hasEnded = false
    private var hasOutput = false
    private var hasInput = false

    init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let status = unsafe waypost_gunzip_begin(stream)
        precondition(status == Z_OK, "zlib does not begin: \(status)")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Decompresses octets and hands on what comes of them, part by part.
    func take(
        _ octets: [UInt8],
        _ emit: (ArraySlice<UInt8>) throws(ArchiveProblem) -> Void
    ) throws(ArchiveProblem) {
        if octets.isEmpty { return }
        hasInput = true
        var consumed = 0
        while consumed < octets.count {
            guard !hasEnded else {
                throw ArchiveProblem(.reading, "octets follow the end of the gzip stream")
            }
            let (part, used, status) = inflate(octets, from: consumed)
            consumed += used
            if !part.isEmpty {
                hasOutput = true
                try emit(part[...])
            }
            switch status {
            case Z_STREAM_END: hasEnded = true
            case Z_OK: break
            // More input is needed, though all was taken.
            case Z_BUF_ERROR where part.isEmpty && consumed == octets.count: return
            case Z_BUF_ERROR: break
            default: throw problem(status)
            }
        }
        try drain(emit)
    }

    /// Hands on what zlib still holds of the input that it took.
    private func drain(
        _ emit: (ArraySlice<UInt8>) throws(ArchiveProblem) -> Void
    ) throws(ArchiveProblem) {
        while !hasEnded {
            let (part, _, status) = inflate([], from: 0)
            if !part.isEmpty {
                hasOutput = true
                try emit(part[...])
            }
            switch status {
            case Z_STREAM_END: hasEnded = true
            case Z_OK where !part.isEmpty: break
            case Z_OK, Z_BUF_ERROR: return
            default: throw problem(status)
            }
        }
    }

    /// The stream must have ended.
    func finish() throws(ArchiveProblem) {
        guard !hasEnded else { return }
        if !hasInput { throw ArchiveProblem(.decompression, "EOF") }
        throw ArchiveProblem(
            hasOutput ? .reading : .decompression,
            "unexpected EOF: it ends too early"
        )
    }

    private func inflate(
        _ octets: [UInt8],
        from place: Int
    ) -> (part: [UInt8], consumed: Int, status: Int32) {
        var status = Z_OK
        var consumed = 0
        let part = unsafe [UInt8](unsafeUninitializedCapacity: Self.room) { room, count in
            // zlib does not write to its input.
            unsafe octets.withUnsafeBufferPointer { buffer in
                let left = octets.count - place
                unsafe stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: buffer.baseAddress.map { unsafe $0 + place }
                )
                unsafe stream.pointee.avail_in = uInt(left)
                unsafe stream.pointee.next_out = room.baseAddress
                unsafe stream.pointee.avail_out = uInt(room.count)
                status = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
                consumed = unsafe left - Int(stream.pointee.avail_in)
                count = unsafe room.count - Int(stream.pointee.avail_out)
            }
        }
        return (part, consumed, status)
    }

    private func problem(_ status: Int32) -> ArchiveProblem {
        if !hasOutput { return ArchiveProblem(.decompression, "gzip: invalid header") }
        let words = unsafe stream.pointee.msg.map { unsafe String(cString: $0) }
        return ArchiveProblem(.reading, "gzip: \(words ?? "error \(status)")")
    }
}
