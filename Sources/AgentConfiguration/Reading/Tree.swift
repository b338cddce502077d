// SPDX-License-Identifier: Apache-2.0

/// A configuration as known keys with values of their kinds; what sources become and what is
/// merged.
struct Tree {
    private(set) var members: [ConfigurationValue.Member]

    init(_ members: [ConfigurationValue.Member] = []) { self.members = members }

    /// The value at a path of object keys.
    subscript(path: String) -> ConfigurationValue? {
        var members = members
        var found: ConfigurationValue?
        for name in path.split(separator: ".") {
            guard let member = members.first(where: { $0.key == name }) else { return nil }
            found = member.value
            if case .object(let inner) = member.value.content {
                members = inner
            } else {
                members = []
            }
        }
        return found
    }

    /// Sets the value at a path, making the objects in between.
    mutating func set(_ path: String, to value: ConfigurationValue) {
        let names = path.split(separator: ".").map(String.init)
        Self.set(names[...], in: &members, to: value)
    }

    private static func set(
        _ names: ArraySlice<String>,
        in members: inout [ConfigurationValue.Member],
        to value: ConfigurationValue
    ) {
        guard let name = names.first else { return }
        let place =
            members.firstIndex { $0.key == name }
            ?? {
                let empty = ConfigurationValue(.object([]), at: value.position)
                members.append(
                    ConfigurationValue.Member(
                        key: name,
                        keyPosition: value.position,
                        value: empty
                    )
                )
                return members.count - 1
            }()
        if names.count == 1 {
            members[place].value = value
        } else if case .object(var inner) = members[place].value.content {
            set(names.dropFirst(), in: &inner, to: value)
            members[place].value.content = .object(inner)
        }
    }

    /// Takes the value at a top-level key out.
    mutating func remove(_ name: String) -> ConfigurationValue? {
        guard let place = members.firstIndex(where: { $0.key == name }) else { return nil }
        return members.remove(at: place).value
    }

    /// Merges a later source: lists append, maps and objects merge, scalars are replaced
    /// (spec cli.md 6.1).
    mutating func merge(_ later: Tree, _ keys: [Key] = KeyTable.root) {
        Self.merge(later.members, into: &members, keys)
    }

    private static func merge(
        _ later: [ConfigurationValue.Member],
        into members: inout [ConfigurationValue.Member],
        _ keys: [Key]?
    ) {
        for member in later {
            guard let place = members.firstIndex(where: { $0.key == member.key }) else {
                members.append(member)
                continue
            }
            let kind = keys?.first { $0.name == member.key }?.kind
            switch (kind, members[place].value.content, member.value.content) {
            case (.object(let inner), .object(var old), .object(let new)):
                merge(new, into: &old, inner)
                members[place].value.content = .object(old)
            case (.stringMap, .object(var old), .object(let new)),
                (.durationMap, .object(var old), .object(let new)),
                (.stringsMap, .object(var old), .object(let new)),
                (.objectMap, .object(var old), .object(let new)):
                merge(new, into: &old, nil)
                members[place].value.content = .object(old)
            case (.strings, .list(let old), .list(let new)),
                (.objects, .list(let old), .list(let new)):
                members[place].value.content = .list(old + new)
                if old.isEmpty { members[place].value.position = member.value.position }
            default:
                members[place] = member
            }
        }
    }
}
