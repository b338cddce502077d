// SPDX-License-Identifier: Apache-2.0

/// The recursors that the machine itself uses (resolv.conf(5)).
public enum SystemResolvers {
    /// Reads the `nameserver` lines of a resolv.conf, in order and without duplicates.
    ///
    /// Lines that are none, and addresses that no query can be sent to (a scope, `0.0.0.0`), are
    /// left out.
    public static func parse(_ resolvConfText: String) -> [RecursorAddress] {
        var found: [RecursorAddress] = []
        for line in resolvConfText.split(whereSeparator: \.isNewline) {
            let words = line.split { $0 == " " || $0 == "\t" }
            guard words.count >= 2, words[0] == "nameserver",
                let endpoint = DNSEndpoint(
                    host: String(words[1]),
                    port: RecursorAddress.defaultPort
                ),
                // A wildcard is left out: it is not an error of the file, the C library reads it
                // as "this host", and forwarding there could come back to us.
                let address = try? RecursorAddress(endpoint: endpoint),
                !found.contains(address)
            else { continue }
            found.append(address)
        }
        return found
    }
}
