// SPDX-License-Identifier: Apache-2.0
import Definitions
import Filtering
import StateStore

/// The members of a node that filters may name (HTTP API 3.5).
enum NodeFilter {
    static let fields: FilterFields = [
        "ID": .string, "Node": .string, "Address": .string, "Datacenter": .string,
        "PeerName": .string, "TaggedAddresses": .map(.string), "Meta": .map(.string),
    ]

    static func member(
        _ name: String,
        of node: NodeRow,
        datacenter: String
    ) -> FilterValue {
        switch name {
        case "ID": .string(node.id)
        case "Node": .string(node.name)
        case "Address": .string(node.address)
        case "Datacenter": .string(datacenter)
        case "PeerName": .string("")
        case "TaggedAddresses": .map(node.taggedAddresses)
        case "Meta": .map(node.meta)
        default: .absent
        }
    }
}

/// The members of a check that filters may name (HTTP API 3.5).
enum CheckFilter {
    static let fields: FilterFields = [
        "Node": .string, "CheckID": .string, "Name": .string, "Status": .string,
        "Notes": .string, "Output": .string, "ServiceID": .string, "ServiceName": .string,
        "ServiceTags": .strings, "Type": .string, "Interval": .string, "Timeout": .string,
        "ExposedPort": .integer, "PeerName": .string,
    ]

    static func member(_ name: String, of check: CheckRow) -> FilterValue {
        switch name {
        case "Node": .string(check.node)
        case "CheckID": .string(check.id)
        case "Name": .string(check.name)
        case "Status": .string(check.status.rawValue)
        case "Notes": .string(check.notes)
        case "Output": .string(check.output)
        case "ServiceID": .string(check.serviceID)
        case "ServiceName": .string(check.serviceName)
        case "ServiceTags": .strings(check.serviceTags)
        case "Type": .string(check.type)
        case "Interval": .string(check.interval)
        case "Timeout": .string(check.timeout)
        case "ExposedPort": .integer(check.exposedPort)
        case "PeerName": .string("")
        default: .absent
        }
    }
}

/// The members of a gossip member that filters may name (HTTP API 3.5).
enum MemberFilter {
    static let fields: FilterFields = {
        var fields: FilterFields = [
            "Name": .string, "Addr": .string, "Port": .integer, "Tags": .map(.string),
            "Status": .integer,
        ]
        for (name, _) in MemberObject.versions { fields[name] = .integer }
        return fields
    }()

    static func member(
        _ name: String,
        of identity: AgentIdentity,
        wan: Bool
    ) -> FilterValue {
        switch name {
        case "Name": .string(MemberObject.name(of: identity, wan: wan))
        case "Addr": .string(identity.advertiseAddress)
        case "Port": .integer(MemberObject.port(of: identity, wan: wan))
        case "Tags": .map(MemberObject.tags(of: identity))
        case "Status": .integer(MemberObject.alive)
        default:
            MemberObject.versions.first { $0.key == name }.map { .integer($0.value) } ?? .absent
        }
    }
}
