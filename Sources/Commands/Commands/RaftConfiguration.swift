// SPDX-License-Identifier: Apache-2.0

/// The servers as `/v1/operator/raft/configuration` gives them (spec http-api.md 4.12).
struct RaftConfiguration: Decodable {
    /// One of them.
    struct Server: Decodable {
        var id: String
        var node: String
        var address: String
        var isLeader: Bool
        var `protocol`: String
        var isVoter: Bool
        var lastIndex: UInt64

        enum CodingKeys: String, CodingKey {
            case id = "ID"
            case node = "Node"
            case address = "Address"
            case isLeader = "Leader"
            case `protocol` = "ProtocolVersion"
            case isVoter = "Voter"
            case lastIndex = "LastIndex"
        }
    }

    var servers: [Server]

    enum CodingKeys: String, CodingKey {
        case servers = "Servers"
    }
}
