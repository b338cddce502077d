// SPDX-License-Identifier: Apache-2.0
internal import Glibc

/// The environment variables of the process.
public enum ProcessEnvironment {
    /// All variables by name; read once, before anything could change them.
    public static let variables: [String: String] = {
        var result: [String: String] = [:]
        var next = unsafe environ
        while let entry = unsafe next.pointee {
            let text = unsafe String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                result[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            unsafe next += 1
        }
        return result
    }()
}
