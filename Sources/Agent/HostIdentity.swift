// SPDX-License-Identifier: Apache-2.0
import Crypto

/// A node ID that follows from the machine (`disable_host_node_id = false`), so that a node keeps
/// its ID when its data are lost.
enum HostIdentity {
    /// Where a Linux host tells its ID, in the order in which Consul's library looks.
    private static let sources = [
        "/sys/class/dmi/id/product_uuid", "/etc/machine-id", "/proc/sys/kernel/random/boot_id",
    ]

    /// The node ID of this host; `nil` when the host tells none.
    static func nodeID() -> String? {
        for path in sources {
            guard let octets = SystemFiles.octets(of: path),
                let id = nodeID(ofHost: String(decoding: octets, as: UTF8.self))
            else { continue }
            return id
        }
        return nil
    }

    /// The node ID that follows from a host's ID; `nil` when that is no UUID.
    ///
    /// Consul: the first half of the SHA-512 of the lower-cased UUID, so that the host's own ID
    /// is not told.
    static func nodeID(ofHost text: String) -> String? {
        var id = text.filter { !$0.isWhitespace }.lowercased()
        if id.utf8.count == 32 {
            for at in [20, 16, 12, 8] { id.insert("-", at: id.index(id.startIndex, offsetBy: at)) }
        }
        guard NodeIdentity.isUUID(id) else { return nil }
        return NodeIdentity.uuid(SHA512.hash(data: Array(id.utf8)).prefix(16))
    }
}
