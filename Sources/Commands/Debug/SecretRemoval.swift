// SPDX-License-Identifier: Apache-2.0
internal import AgentConfiguration

/// Takes secrets out of what is going to be shown to others.
enum SecretRemoval {
    /// What stands in their place, as Consul has it in `DebugConfig`.
    static let mark = "hidden"

    /// A JSON text in which the values of members that are called as secrets are have gone; as it is
    /// when it is no JSON.
    static func cleaned(_ json: [UInt8]) -> [UInt8] {
        guard let value = try? JSONParser.parse(json, file: "reply") else { return json }
        return Array(cleaned(value).json.utf8)
    }

    private static func cleaned(_ value: ConfigurationValue) -> ConfigurationValue {
        var result = value
        switch value.content {
        case .list(let elements): result.content = .list(elements.map(cleaned))
        case .object(let members):
            result.content = .object(
                members.map { member in
                    var member = member
                    member.value =
                        isSecret(member.key) ? hidden(member.value) : cleaned(member.value)
                    return member
                }
            )
        default: break
        }
        return result
    }

    private static func hidden(_ value: ConfigurationValue) -> ConfigurationValue {
        switch value.content {
        case .string(let text) where !text.isEmpty:
            ConfigurationValue(.string(mark), at: value.position)
        case .list(let elements):
            ConfigurationValue(.list(elements.map(hidden)), at: value.position)
        case .object(let members):
            ConfigurationValue(
                .object(
                    members.map { member in
                        var member = member
                        member.value = hidden(member.value)
                        return member
                    }
                ),
                at: value.position
            )
        default: value
        }
    }

    /// Whether a member, or the last part of a path of them, is called as secrets are.
    private static func isSecret(_ name: String) -> Bool {
        let last = name.split(separator: ".").last.map(String.init) ?? name
        let word = last.lowercased().filter { $0.isLetter }
        return ["token", "tokens", "secret", "password"].contains { word.hasSuffix($0) }
            || ["encrypt", "encryptkey", "key", "auth", "authorization"].contains(word)
            || name.lowercased().contains("tokens.")
    }
}
