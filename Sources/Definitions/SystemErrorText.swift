// SPDX-License-Identifier: Apache-2.0

/// The texts that Go gives for the numbers of the system's errors; people search logs and outputs
/// for them.
public enum SystemErrorText {
    /// The text of a number: `connection refused`.
    public static func text(of number: Int32) -> String {
        texts[number] ?? "errno \(number)"
    }

    // The numbers are Linux's; these are what files, commands and connections can meet.
    private static let texts: [Int32: String] = [
        1: "operation not permitted", 2: "no such file or directory", 4: "interrupted system call",
        5: "input/output error", 7: "argument list too long", 8: "exec format error",
        9: "bad file descriptor", 11: "resource temporarily unavailable",
        12: "cannot allocate memory", 13: "permission denied", 17: "file exists",
        20: "not a directory", 21: "is a directory", 22: "invalid argument",
        23: "too many open files in system", 24: "too many open files", 26: "text file busy",
        28: "no space left on device", 32: "broken pipe", 36: "file name too long",
        40: "too many levels of symbolic links", 71: "protocol error",
        90: "message too long", 97: "address family not supported by protocol",
        98: "address already in use", 99: "cannot assign requested address",
        100: "network is down", 101: "network is unreachable",
        102: "network dropped connection on reset", 103: "software caused connection abort",
        104: "connection reset by peer", 105: "no buffer space available",
        107: "transport endpoint is not connected", 110: "connection timed out",
        111: "connection refused", 112: "host is down", 113: "no route to host",
    ]

    /// The number that the description of an error ends with: `… (errno: 111)`.
    ///
    /// The libraries of the network wrap their errors in several types, which all say it so.
    public static func number(in description: String) -> Int32? {
        guard let sign = description.ranges(of: "errno: ").last else { return nil }
        return Int32(description[sign.upperBound...].prefix { $0.isNumber })
    }
}
