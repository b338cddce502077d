// SPDX-License-Identifier: Apache-2.0

/// How long names and IDs may be: nodes, services, checks.
///
/// Consul has no limit; a name beyond 255 octets can never be asked for over DNS. The catalog
/// keeps names in trees whose depth follows shared prefixes, so the limit also bounds the depth
/// of every walk (docs/divergences.md).
public enum NameLimit {
    /// The longest name or ID, in octets.
    public static let octets = 1024

    /// Refuses a name that is too long.
    ///
    /// - Parameters:
    ///   - name: the name.
    ///   - what: how the error calls it, as `Service name`.
    /// - Throws: ``DefinitionError`` with both lengths.
    public static func validate(_ name: String, _ what: String) throws(DefinitionError) {
        let count = name.utf8.count
        guard count > octets else { return }
        throw DefinitionError("\(what) is \(count) octets long; at most \(octets) are allowed")
    }
}
