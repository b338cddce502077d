// SPDX-License-Identifier: Apache-2.0

extension ConfigContent {
    /// Whether it has no members.
    var isEmpty: Bool { members.isEmpty }

    /// Fills in what is missing or has Go's zero value, within objects too (Consul: `mergo.Merge`).
    mutating func fill(from defaults: ConfigContent) {
        for member in defaults.members where member.value != .null {
            guard let own = self[member.name], !own.isEmpty else {
                self[member.name] = member.value
                continue
            }
            guard case .object = own, case .object = member.value else { continue }
            var inner = ConfigContent(own)
            inner.fill(from: ConfigContent(member.value))
            self[member.name] = inner.value
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
