// SPDX-License-Identifier: Apache-2.0

internal import DNSWire
internal import DNSZones
internal import ZoneFiles

extension Catalog {
    /// The zone beside the catalog, and zones inside the domain itself.
    static func zones(_ inside: [String]) -> [Zone] {
        [zone("example.internal", text)]
            + inside.map { zone($0, $0.hasPrefix("10.") ? reverse : inner) }
    }

    private static var text: String {
        let strings = (0..<40).map { "\"string \($0) \(String(repeating: "x", count: 40))\"" }
        return """
            $TTL 60
            @ SOA ns1 host 1 2 3 4 5
            @ NS ns1
            ns1 A 192.0.2.1
            host A 192.0.2.9
            www CNAME host
            billing CNAME web.service.consul.
            out CNAME www.elsewhere.test.
            gone CNAME nope.service.consul.
            bare CNAME n0.node.consul.
            * TXT "wildcard"
            lab NS ns.lab
            ns.lab A 192.0.2.2
            deep NS ns1.deep
            deep NS ns2.deep
            ns1.deep AAAA 2001:db8::53
            ns2.deep AAAA 2001:db8::54
            loop1 CNAME loop2
            loop2 CNAME loop1
            many TXT (
            \(strings.joined(separator: "\n"))
            )
            """
    }

    private static let inner = """
        $TTL 60
        @ SOA ns host 1 2 3 4 5
        @ NS ns
        ns A 192.0.2.3
        www A 192.0.2.4
        fresh.service A 192.0.2.5
        """

    private static let reverse = """
        $TTL 60
        @ SOA ns.example.internal. host.example.internal. 1 2 3 4 5
        @ NS ns.example.internal.
        9.9.9 PTR host.example.internal.
        """

    private static func zone(_ origin: String, _ text: String) -> Zone {
        do {
            let origin = try DomainName(text: origin)
            return try ZoneFileParser.parse(text: text, path: "server.zone", defaultOrigin: origin)
        } catch {
            preconditionFailure("\(error)")
        }
    }
}
