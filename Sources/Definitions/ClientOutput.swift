// SPDX-License-Identifier: Apache-2.0

/// The text that a client gives for a TTL check.
public enum ClientOutput {
    /// The text, cut as Consul cuts it: the *first* octets are kept, and the end says so (Consul
    /// API, `/agent/check/update`).
    public static func cut(_ text: String, limit: Int) -> String {
        let octets = text.utf8
        guard octets.count > limit else { return text }
        let head = String(decoding: octets.prefix(limit), as: UTF8.self)
        return head + " ... (captured \(limit) of \(octets.count) bytes)"
    }
}
