// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// What every fuzz target does: turn libFuzzer's input into a value and insist on properties.
public enum Property {
    /// The input as an array of its own.
    @unsafe
    public static func octets(_ start: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
        unsafe Array(UnsafeBufferPointer(start: start, count: count))
    }

    /// Ends the process with a message if the property does not hold.
    ///
    /// Not `precondition`: a release build drops its text.
    public static func holds(
        _ condition: Bool,
        _ message: @autoclosure () -> String,
        file: StaticString = #fileID,
        line: UInt = #line
    ) {
        guard !condition else { return }
        let text = "PROPERTY BROKEN \(file):\(line): \(message())\n"
        _ = unsafe text.utf8.withContiguousStorageIfAvailable { octets in
            unsafe write(2, octets.baseAddress, octets.count)
        }
        abort()
    }

    /// Octets in hexadecimal, for messages.
    public static func hexadecimal(_ octets: [UInt8]) -> String {
        octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
