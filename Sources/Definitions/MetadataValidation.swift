// SPDX-License-Identifier: Apache-2.0

/// The rules of node and service metadata (Consul: `validateMetadata`; spec http-api.md 4.3).
public enum MetadataValidation {
    /// The most pairs.
    public static let maximumPairs = 64
    /// The longest key, in octets.
    public static let maximumKeyLength = 128
    /// The longest value, in octets.
    public static let maximumValueLength = 512
    /// Keys that begin so belong to Consul.
    public static let reservedPrefix = "consul-"

    /// Checks metadata; pairs are looked at in key order so that the text does not vary.
    ///
    /// - Throws: the rule that is broken, without the caller's prefix.
    public static func validate(
        _ meta: [String: String],
        allowsReservedPrefix: Bool = false
    ) throws(DefinitionError) {
        guard meta.count <= maximumPairs else {
            // Consul: the text says "Node" for services too.
            throw DefinitionError(
                "Node metadata cannot contain more than \(maximumPairs) key/value pairs"
            )
        }
        for (key, value) in meta.sorted(by: { $0.key < $1.key }) {
            guard
                let problem = problem(
                    key: key,
                    value: value,
                    allowsReservedPrefix: allowsReservedPrefix
                )
            else { continue }
            throw DefinitionError("Couldn't load metadata pair ('\(key)', '\(value)'): \(problem)")
        }
    }

    private static func problem(
        key: String,
        value: String,
        allowsReservedPrefix: Bool
    ) -> String? {
        if key.isEmpty { return "Key cannot be blank" }
        if !key.utf8.allSatisfy(isKeyOctet) { return "Key contains invalid characters" }
        if key.utf8.count > maximumKeyLength {
            return "Key is too long (limit: \(maximumKeyLength) characters)"
        }
        if key.hasPrefix(reservedPrefix), !allowsReservedPrefix {
            return "Key prefix '\(reservedPrefix)' is reserved for internal use"
        }
        if value.utf8.count > maximumValueLength {
            return "Value is too long (limit: \(maximumValueLength) characters)"
        }
        return nil
    }

    private static func isKeyOctet(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
