// SPDX-License-Identifier: Apache-2.0

/// Writes a gossip member (HTTP API 5.9): for now an agent knows itself only.
enum MemberObject {
    static func write(_ identity: AgentIdentity, wan: Bool, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("Name", name(of: identity, wan: wan))
            writer.member("Addr", identity.advertiseAddress)
            writer.member("Port", port(of: identity, wan: wan))
            writer.member("Tags", tags(of: identity))
            writer.member("Status", alive)
            for (name, version) in versions { writer.member(name, version) }
        }
    }

    /// The status of a member that answers.
    static let alive = 1

    /// The versions of gossip that a member speaks.
    static let versions: KeyValuePairs = [
        "ProtocolMin": 1, "ProtocolMax": 5, "ProtocolCur": 2,
        "DelegateMin": 2, "DelegateMax": 5, "DelegateCur": 4,
    ]

    static func name(of identity: AgentIdentity, wan: Bool) -> String {
        wan ? "\(identity.nodeName).\(identity.datacenter)" : identity.nodeName
    }

    // Consul: the WAN pool listens one port above the LAN pool by default.
    static func port(of identity: AgentIdentity, wan: Bool) -> Int {
        identity.serfLANPort + (wan ? 1 : 0)
    }

    static func tags(of identity: AgentIdentity) -> [String: String] {
        var tags = [
            "role": identity.isServer ? "consul" : "node",
            "dc": identity.datacenter,
            "id": identity.nodeID,
            "build": identity.compatibleVersion + ":",
            "vsn": "2", "vsn_min": "2", "vsn_max": "3",
            "segment": "",
        ]
        if identity.isServer {
            tags["port"] = String(identity.serverPort)
            tags["raft_vsn"] = "3"
            tags["acls"] = "0"
            tags["bootstrap"] = "1"
        }
        return tags
    }
}
