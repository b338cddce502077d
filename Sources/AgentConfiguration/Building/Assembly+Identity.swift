// SPDX-License-Identifier: Apache-2.0
internal import Definitions

extension Assembly {
    mutating func readIdentity() {
        var identity = IdentityConfiguration()
        let name = reader.string("node_name")
        identity.nodeName = reader.tree["node_name"] == nil ? host.hostName : name
        identity.nodeID = reader.string("node_id").lowercased()
        identity.nodeMeta = reader.stringMap("node_meta")
        identity.datacenter = reader.string("datacenter").lowercased()
        let primary = reader.string("primary_datacenter").lowercased()
        identity.primaryDatacenter = primary.isEmpty ? identity.datacenter : primary
        identity.disableHostNodeID = reader.bool("disable_host_node_id")
        identity.taggedAddresses = reader.stringMap("tagged_addresses")
        identity.translateWANAddresses = reader.bool("translate_wan_addrs")
        derived["node_name"] = .string(identity.nodeName)
        derived["datacenter"] = .string(identity.datacenter)
        derived["primary_datacenter"] = .string(identity.primaryDatacenter)
        configuration.identity = identity
        checkDatacenter("datacenter", identity.datacenter)
        if !primary.isEmpty { checkDatacenter("primary_datacenter", primary) }
        checkNode()
    }

    private mutating func checkDatacenter(_ path: String, _ value: String) {
        if value.isEmpty {
            reader.report("\(path) cannot be empty", at: path)
        } else if !value.utf8.allSatisfy(isDatacenterOctet) {
            reader.report(
                "\(path) can only contain lowercase alphanumeric, - or _ characters. "
                    + "received: \"\(value)\"",
                at: path
            )
        }
    }

    private mutating func checkNode() {
        let identity = configuration.identity
        if identity.nodeName.allSatisfy({ $0 == " " }) {
            reader.report("node_name cannot be empty", at: "node_name")
        } else if !identity.nodeName.utf8.allSatisfy(isLabelOctet) {
            warnings.append(
                "Node name \"\(identity.nodeName)\" will not be discoverable via DNS due to "
                    + "invalid characters. Valid characters include all alpha-numerics and dashes."
            )
        } else if identity.nodeName.utf8.count > 63 {
            warnings.append(
                "Node name \"\(identity.nodeName)\" will not be discoverable via DNS due to it "
                    + "being too long. Valid lengths are between 1 and 63 bytes."
            )
        }
        do { try MetadataValidation.validate(identity.nodeMeta) } catch {
            reader.report("node_meta invalid: \(error.message)", at: "node_meta")
        }
        if !identity.nodeID.isEmpty, !isUUID(identity.nodeID) {
            reader.report(
                "node_id specified as \"\(identity.nodeID)\" is not a valid UUID: "
                    + "uuid string is wrong length or form",
                at: "node_id"
            )
        }
    }

    private func isUUID(_ text: String) -> Bool {
        let groups = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return groups.map(\.count) == [8, 4, 4, 4, 12]
            && groups.allSatisfy { group in
                group.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
            }
    }

    private func isDatacenterOctet(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private func isLabelOctet(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
