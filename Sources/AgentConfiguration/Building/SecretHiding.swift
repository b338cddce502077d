// SPDX-License-Identifier: Apache-2.0
internal import Definitions

/// What is shown of a configuration (`/v1/agent/self`, and with it `debug`): nothing that lets anybody in.
enum SecretHiding {
    /// What stands in the place of a secret, as in Consul's `DebugConfig`.
    static let mark = "hidden"

    /// A value without secrets: those of keys that are called so (``Key/isSecret``), passwords in URLs, and in
    /// `retry_join` what a cloud's provider is told in confidence (`secret_access_key=…`), as in Consul.
    static func shown(_ value: ConfigurationValue, of key: Key) -> ConfigurationValue {
        if key.isSecret { return hidden(value) }
        var result = value
        switch (key.kind, value.content) {
        case (.object(let keys), .object(let members)), (.objects(let keys), .object(let members)):
            result.content = .object(members.map { shown($0, among: keys) })
        case (.objectMap(let keys), .object(let members)):
            let inner = Key.object("", keys)
            result.content = .object(members.map { changed($0, to: shown($0.value, of: inner)) })
        case (_, .list(let elements)):
            result.content = .list(elements.map { shown($0, of: key) })
        case (_, .string(let text)):
            result.content = .string(shown(text, isJoin: key.name.contains("join")))
        default: break
        }
        return result
    }

    private static func shown(
        _ member: ConfigurationValue.Member,
        among keys: [Key]
    ) -> ConfigurationValue.Member {
        let key = keys.first { $0.name == member.key || $0.aliases.contains(member.key) }
        guard let key else { return member }
        return changed(member, to: shown(member.value, of: key))
    }

    private static func shown(_ text: String, isJoin: Bool) -> String {
        guard isJoin else { return URLCredentials.hidingPassword(in: text) }
        let parts = text.split(separator: " ").map { part -> Substring in
            guard let sign = part.firstIndex(of: "=") else { return part }
            let name = part[..<sign].lowercased()
            let isSecret = ["key", "token", "secret", "password"].contains { name.contains($0) }
            return isSecret ? "\(part[...sign])\(mark)" : part
        }
        return parts.joined(separator: " ")
    }

    /// The same without any text: an empty one says that there is nothing to hide.
    private static func hidden(_ value: ConfigurationValue) -> ConfigurationValue {
        var result = value
        switch value.content {
        case .string(""), .null, .bool: break
        case .list(let elements): result.content = .list(elements.map(hidden))
        case .object(let members):
            result.content = .object(members.map { changed($0, to: hidden($0.value)) })
        case .string, .integer, .number: result.content = .string(mark)
        }
        return result
    }

    private static func changed(
        _ member: ConfigurationValue.Member,
        to value: ConfigurationValue
    ) -> ConfigurationValue.Member {
        var member = member
        member.value = value
        return member
    }
}
