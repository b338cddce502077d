// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The node's UUID: configured, kept in `data_dir/node-id`, made from the host's, or fresh
/// (Consul: spec http-api.md 7.7).
enum NodeIdentity {
    /// The node's ID.
    ///
    /// `host` is asked only where an ID is to be made (`disable_host_node_id = false`).
    ///
    /// - Throws: ``FileProblem`` when the file exists and does not hold a UUID, or cannot be written.
    static func nodeID(
        configured: String,
        dataDirectory: String?,
        host: () -> String? = { nil }
    ) throws(FileProblem) -> String {
        if !configured.isEmpty { return configured.lowercased() }
        guard let dataDirectory else { return host() ?? makeUUID() }
        let path = dataDirectory + "/node-id"
        if let octets = ConfigurationFiles.octets(of: path) {
            let text = String(decoding: octets, as: UTF8.self).filter { !$0.isWhitespace }
                .lowercased()
            guard isUUID(text) else {
                throw FileProblem(
                    "\(path):1: specified NodeID is invalid: want a UUID, found '\(text)'. Remove the file to get a new one."
                )
            }
            return text
        }
        let id = host() ?? makeUUID()
        try write(id, to: path)
        return id
    }

    /// Whether a text is a UUID in its 36-character form.
    static func isUUID(_ text: String) -> Bool {
        let octets = Array(text.utf8)
        guard octets.count == 36 else { return false }
        return octets.indices.allSatisfy { at in
            switch at {
            case 8, 13, 18, 23: octets[at] == UInt8(ascii: "-")
            default: (octets[at] as UInt8).isHexDigit
            }
        }
    }

    /// A random UUID (RFC 9562 version 4).
    static func makeUUID() -> String {
        var generator = SystemRandomNumberGenerator()
        var octets = (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
        octets[6] = octets[6] & 0x0f | 0x40
        octets[8] = octets[8] & 0x3f | 0x80
        return uuid(octets)
    }

    /// Sixteen octets as a UUID.
    static func uuid(_ octets: some Sequence<UInt8>) -> String {
        var text = ""
        for (at, octet) in octets.enumerated() {
            if [4, 6, 8, 10].contains(at) { text += "-" }
            let hex = String(octet, radix: 16)
            text += hex.utf8.count == 1 ? "0" + hex : hex
        }
        return text
    }

    private static func write(_ text: String, to path: String) throws(FileProblem) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw FileProblem(
                "cannot write \(path): \(errorText(errno)). Check the owner of data_dir."
            )
        }
        defer { close(descriptor) }
        var copy = text + "\n"
        let written = copy.withUTF8 { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard written == copy.utf8.count else {
            throw FileProblem("cannot write \(path): \(errorText(errno))")
        }
    }
}

extension UInt8 {
    /// Whether this is the ASCII of a hexadecimal digit.
    fileprivate var isHexDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
