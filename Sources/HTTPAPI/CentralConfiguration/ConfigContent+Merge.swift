// SPDX-License-Identifier: Apache-2.0

extension ConfigContent {
    /// Whether it has no members.
    var isEmpty: Bool { members.isEmpty }

    /// Fills in what is missing or has Go's zero value, within objects too (Consul: `mergo.Merge`).
    mutating func fill(from defaults: ConfigContent) {
        var places: [String: Int] = [:]
        for (place, member) in members.enumerated() where places[member.name] == nil {
            places[member.name] = place
        }
        for member in defaults.members where member.value != .null {
            guard let place = places[member.name] else {
                places[member.name] = members.count
                members.append(member)
                continue
            }
            let own = members[place].value
            if own.isEmpty {
                members[place].value = member.value
            } else if case .object = own, case .object = member.value {
                var inner = ConfigContent(own)
                inner.fill(from: ConfigContent(member.value))
                members[place].value = inner.value
            }
        }
    }

    /// Takes all members of the other one over.
    mutating func overlay(_ other: ConfigContent) {
        for member in other.members { self[member.name] = member.value }
    }

    /// Takes those of the named members of the other one over that are not empty there.
    mutating func overlay(_ other: ConfigContent?, members names: String...) {
        for name in names {
            if let value = other?[name], !value.isEmpty { self[name] = value }
        }
    }
}
