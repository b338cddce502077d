// SPDX-License-Identifier: Apache-2.0
import StateStore

/// Decodes the body of `PUT /v1/config` (HTTP API 4.14, 5.15).
enum ConfigEntryBody {
    /// The entry of a body; what it says by itself is checked by ``ConfigEntryRules``.
    static func entry(
        _ value: JSONValue
    ) throws(BodyError) -> (row: ConfigEntryRow, content: ConfigContent) {
        guard case .object(var members) = value else {
            throw BodyError("expected an object, got \(value.kind)")
        }
        let kind = try takeKind(&members)
        guard let own = ConfigShape.members(of: kind) else { throw unknown(kind) }
        let name = try takeText("Name", &members)
        for ignored in ["CreateIndex", "ModifyIndex", "Hash"] { take(ignored, &members) }
        let table = own + [ConfigMember("Meta", .map(.text))]
        let content = ConfigContent(
            try ConfigShape.object(table).normalized(.object(members), at: "")
        )
        return (ConfigEntryRow(kind: kind, name: name), content)
    }

    /// A kept entry, its content changed, as it is to be kept: in the order of its kind's members.
    static func kept(
        _ row: ConfigEntryRow,
        _ content: ConfigContent
    ) throws(BodyError) -> (row: ConfigEntryRow, content: ConfigContent) {
        guard let own = ConfigShape.members(of: row.kind) else { throw unknown(row.kind) }
        let table = own + [ConfigMember("Meta", .map(.text))]
        let value = try ConfigShape.object(table).normalized(content.value, at: "")
        return (row, ConfigContent(value))
    }

    private static func takeKind(_ members: inout [JSONMember]) throws(BodyError) -> ConfigEntryKind
    {
        guard case .string(let text)? = take("Kind", &members), !text.isEmpty else {
            throw BodyError("Payload does not contain a kind/Kind key at the top level")
        }
        return ConfigEntryKind(rawValue: text)
    }

    private static func takeText(
        _ name: String,
        _ members: inout [JSONMember]
    ) throws(BodyError) -> String {
        switch take(name, &members) {
        case .string(let text)?: return text
        case nil, .null?: return ""
        case let value?: throw BodyError("'\(name)' expected a string, got \(value.kind)")
        }
    }

    @discardableResult
    private static func take(_ name: String, _ members: inout [JSONMember]) -> JSONValue? {
        let wanted = ConfigMember(name, .any)
        let value = members.last { wanted.matches($0.name) }?.value
        members.removeAll { wanted.matches($0.name) }
        return value
    }

    private static func unknown(_ kind: ConfigEntryKind) -> BodyError {
        guard ConfigEntryKind.unsupported.contains(kind) else {
            return BodyError("invalid config entry kind: \(kind.rawValue)")
        }
        let known = ConfigEntryKind.known.map(\.rawValue).joined(separator: ", ")
        return BodyError(
            "config entries of kind \(kind.rawValue) are not kept by this server; it keeps \(known)"
        )
    }
}

/// The members of a config entry, to be looked into.
struct ConfigContent {
    var members: [JSONMember] = []

    /// Without members.
    init() {}

    init(_ value: JSONValue) {
        if case .object(let members) = value { self.members = members }
    }

    /// The value as JSON.
    var value: JSONValue { .object(members) }

    subscript(_ name: String) -> JSONValue? {
        get { members.first { $0.name == name }?.value }
        set {
            guard let newValue else { return members.removeAll { $0.name == name } }
            if let place = members.firstIndex(where: { $0.name == name }) {
                members[place].value = newValue
            } else {
                members.append(JSONMember(name: name, value: newValue))
            }
        }
    }

    func text(_ name: String) -> String {
        guard case .string(let text)? = self[name] else { return "" }
        return text
    }

    func integer(_ name: String) -> Int {
        guard case .number(let text)? = self[name] else { return 0 }
        return Int(text) ?? 0
    }

    /// Whether a flag is there and set.
    func flag(_ name: String) -> Bool { self[name] == .bool(true) }

    /// An object; `nil` where there is none.
    func object(_ name: String) -> ConfigContent? {
        guard case .object? = self[name] else { return nil }
        return ConfigContent(self[name] ?? .null)
    }

    /// The texts of a list.
    func texts(_ name: String) -> [String] {
        guard case .array(let elements)? = self[name] else { return [] }
        return elements.map { element in
            guard case .string(let text) = element else { return "" }
            return text
        }
    }

    /// The objects of a list.
    func objects(_ name: String) -> [ConfigContent] {
        guard case .array(let elements)? = self[name] else { return [] }
        return elements.map(ConfigContent.init)
    }
}
