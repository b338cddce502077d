// SPDX-License-Identifier: Apache-2.0
import CSockets

/// Times as the log writes them: `2006-01-02T15:04:05.000-0700`, in the zone of the machine.
enum LocalTime {
    /// Now, to the millisecond.
    static func now() -> String {
        unsafe text { base, size in unsafe csockets_local_time(base, size) }
    }

    /// A time in nanoseconds since 1970, to the microsecond.
    static func text(of nanoseconds: UInt64) -> String {
        unsafe text { base, size in unsafe csockets_local_time_of(nanoseconds, base, size) }
    }

    private static func text(
        _ write: (UnsafeMutablePointer<CChar>, Int) -> Int
    ) -> String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 48) { buffer in
            guard let base = buffer.baseAddress else { return "" }
            let length = unsafe write(base, buffer.count)
            let octets = unsafe UnsafeRawBufferPointer(start: base, count: length)
            return unsafe String(decoding: octets, as: UTF8.self)
        }
    }
}
