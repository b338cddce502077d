// SPDX-License-Identifier: Apache-2.0

internal import DNSWire
internal import DNSZones
internal import ZoneFiles

extension Catalog {
    /// The zone beside the catalog, and zones inside the domain itself.
    static func zones(_ inside: [String]) -> [Zone] {
        [zone("example.internal", text), zone("second.test", second)]
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
            \(shapes)
            """
    }

    /// Names of every shape, and aliases that lead anywhere.
    private static var shapes: String {
        let aliases = [
            "query": "q-one.query.consul.", "node": "nope.node.consul.", "ns": "ns.consul.",
            "db": "db.service.consul.", "addr": "c6120001.addr.consul.", "apex": "consul.",
            "reverse": "1.0.18.198.in-addr.arpa.", "cut": "x.lab", "cross": "back.second.test.",
            "c1": "c2", "c2": "c3", "c3": "c4", "c4": "host", "to": "nothing",
            "odd": "named.service.consul.",
            "wide": "wide.service.consul.", "*.wc": "host", "*.abroad": "www.elsewhere.test.",
            "*.cat": "web.service.consul.", "*.round": "x.round", "*.gone": "nope.service.consul.",
            "virtual": "web.virtual.consul.", "www.off": "a.elsewhere.test.",
            "off": "b.elsewhere.test.",
            "fresh": "fresh.service.consul.", "wild": "x.wild.consul.",
            "lone": "dwww.elsewhere.test.",
            "h1": "hx.elsewhere.test.", "p1": "lx.elsewhere.test.", "d1": "px.elsewhere.test.",
            "f1": "fx.elsewhere.test.", "j1": "jx.elsewhere.test.", "n1": "nx.elsewhere.test.",
        ]
        return """
            mx MX 10 host
            mx MX 20 mail.elsewhere.test.
            nullmx MX 0 .
            _sip._tcp SRV 1 2 5060 host
            _sip._tcp SRV 1 2 5060 ns1
            _none._tcp SRV 0 0 0 .
            rootns NS .
            caa CAA 0 issue "ca.example"
            a.b.ent A 192.0.2.8
            lab DS 1 8 2 0000000000000000000000000000000000000000000000000000000000000000
            host AAAA 2001:db8::9
            host HTTPS 1 . alpn=h2
            ptr PTR host
            \((0..<60).map { "rr A 192.0.2.\($0)" }.joined(separator: "\n"))
            \((0..<30).map { "mxs MX \($0) m\($0)\nm\($0) AAAA 2001:db8::\($0)" }.joined(separator: "\n"))
            \(aliases.sorted { $0.key < $1.key }.map { "\($0) CNAME \($1)" }.joined(separator: "\n"))
            """
    }

    private static let second = """
        $TTL 60
        @ SOA ns host 1 2 3 4 5
        @ NS ns.elsewhere.test.
        @ A 192.0.2.44
        www A 192.0.2.4
        back CNAME host.example.internal.
        * A 192.0.2.99
        * MX 5 www
        """

    private static let inner = """
        $TTL 60
        @ SOA ns host 1 2 3 4 5
        @ NS ns
        ns A 192.0.2.3
        www A 192.0.2.4
        fresh.service A 192.0.2.5
        fresh.service MX 3 www
        away CNAME www.elsewhere.test.
        home CNAME web.service.consul.
        near CNAME www
        *.wild TXT "x"
        child NS ns.child
        child DS 1 8 2 0000000000000000000000000000000000000000000000000000000000000000
        ns.child A 192.0.2.6
        b.a.ent TXT "x"
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
