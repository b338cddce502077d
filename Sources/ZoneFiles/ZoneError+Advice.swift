// SPDX-License-Identifier: Apache-2.0

internal import DNSZones

extension ZoneError {
    /// What is wrong and what to write instead.
    var advice: String {
        switch kind {
        case .noSOA: "\(name) has no SOA record. Write one at the top."
        case .severalSOA: "A second SOA record for \(name). Keep one."
        case .misplacedSOA:
            "An SOA record at \(name), below the zone's apex. Give that zone a file of its own."
        case .noNameServer: "\(name) has no NS record. Write: \(name) NS and the server's name."
        case .outOfZone:
            "\(name) is not in the zone. Remove it, or end names that are meant to be "
                + "relative without a dot."
        case .notInternetClass: "\(name) \(type) is not of class IN. Write IN or no class."
        case .metaType: "\(type) is a type of questions and messages, not of zones. Remove it."
        case .unsupportedType:
            "\(type) is not served from zone files: signed zones and DNAME are not supported. "
                + "Remove it."
        case .malformedData: "The data do not fit \(type). Write them in the form of the type."
        case .aliasAndOtherData:
            "\(name) has a CNAME and other data. Keep only one kind; "
                + "at an alias write the data at its target."
        case .severalAliases: "\(name) has more than one CNAME. Keep one."
        case .nameServerIsAlias:
            "The name server \(name) is an alias. Name the host that it stands for."
        case .nameServerWithoutAddress:
            "The name server \(name) lies in the zone and has no address. Write an A or AAAA "
                + "record for it."
        case .belowCut(let cut):
            "\(name) \(type) lies below the delegation of \(cut), where only addresses of name "
                + "servers may stand. Move it to that zone."
        case .signerWithoutDelegation:
            "\(name) has DS records and no NS records. Write the delegation, or remove them."
        case .wildcardDelegation: "NS records at the wildcard \(name). Delegate a name without *."
        case .ttlTooLarge: "The TTL of \(name) \(type) exceeds 2147483647. Write a lower one."
        }
    }
}
