// SPDX-License-Identifier: Apache-2.0

/// The names and addresses for which a certificate is (its subjectAltName, RFC 5280 §4.2.1.6).
public struct CertificateNames: Hashable, Sendable {
    /// The DNS names, as they stand there.
    public var names: [String]
    /// The addresses, of 4 or 16 octets.
    public var addresses: [[UInt8]]

    /// Names a certificate's names and addresses.
    public init(names: [String] = [], addresses: [[UInt8]] = []) {
        self.names = names
        self.addresses = addresses
    }

    /// Whether the certificate is for a host, which is a name or an address.
    ///
    /// Go's rule (`x509.Certificate.VerifyHostname`; RFC 6125 §6.4): an address has to be among the
    /// addresses, a name among the names, where `*` stands for one whole label in the first place.
    /// The common name does not count.
    public func cover(_ host: String) -> Bool {
        var host = host[...]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        if let octets = IPAddressText.octets(of: host) { return addresses.contains(octets) }
        let labels = Self.labels(host)
        return names.contains { name in
            let pattern = Self.labels(name[...])
            guard pattern.count == labels.count, let first = pattern.first else { return false }
            return (first == "*" || first == labels.first)
                && pattern.dropFirst() == labels.dropFirst()
        }
    }

    /// The labels in lower case; none for what is no name.
    private static func labels(_ name: Substring) -> [String] {
        let text = name.hasSuffix(".") ? name.dropLast() : name
        let labels = text.lowercased().split(separator: ".", omittingEmptySubsequences: false)
        return labels.contains("") ? [] : labels.map(String.init)
    }
}
