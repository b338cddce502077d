// SPDX-License-Identifier: Apache-2.0

extension CaseText {
    /// Names for the recursors: DNS-278…294.
    static let recursion = #"""
        # no AA
        DNS-278 C9 www.example.net A
        NOERROR RD RA 68
        an @ 300 CNAME real.example.net.
        an real.example.net. 300 A 192.0.2.10

        DNS-279 C9 nx.example.net A
        NXDOMAIN RD RA 73
        ns 1 records

        # both recursors asked
        DNS-280 C9 sf.example.net A
        SERVFAIL RD RA 32

        # no TCP retry
        DNS-281 C9 tc.example.net A
        NOERROR TC RD RA 32

        # TCP in, TCP out
        DNS-282 C9 tc.example.net A (TCP)
        NOERROR RD RA 48
        an @ 300 A 192.0.2.1

        # 977-byte reply to a 512-byte socket
        DNS-283 C9 big.example.net A
        SERVFAIL RD RA 33

        # D11 of docs/divergences.md
        DNS-284 C9 web.service.consul DS
        NOERROR AA RD RA -
        ns SOA

        DNS-285 C9 9.9.9.9.in-addr.arpa PTR
        NOERROR RD RA 54
        an 1 records

        DNS-286 C9 1.0.0.10.in-addr.arpa PTR
        NOERROR AA RD RA 71
        an @ 0 PTR n1.node.dc1.consul.

        # zone names never forwarded
        DNS-287 C9 nope.consul A
        NXDOMAIN AA RD RA 79
        ns SOA

        # R1 SERVFAIL: next
        DNS-288 C9 x.example.net A (R1 SERVFAIL, R2 answers)
        NOERROR RD RA 47
        an @ 300 A 192.0.2.1

        DNS-289 C9 x.example.net A (R1 REFUSED, R2 answers)
        NOERROR RD RA 47
        an @ 300 A 192.0.2.1

        # after 500 ms
        DNS-290 C9 x.example.net A (R1 silent, R2 answers)
        NOERROR RD RA 47
        an @ 300 A 192.0.2.1

        # NXDOMAIN is final
        DNS-291 C9 x.example.net A (R1 NXDOMAIN, R2 answers)
        NXDOMAIN RD RA 31

        # after 1 s
        DNS-292 C9 x.example.net A (EDNS 1232, ECS 192.0.2.0/24, R1 silent, R2 silent)
        SERVFAIL RD RA 53
        ad OPT(1232, ECS 192.0.2.0/24 scope 0)

        # D12 of docs/divergences.md: the next recursor is asked (DNSTransport's tests show it)
        DNS-293 C9 ext.service.consul A (R1 SERVFAIL, R2 answers)
        NOERROR AA RD RA 100
        an @ 5 CNAME www.example.net.
        an www.example.net. 5 CNAME real.example.net.
        an real.example.net. 5 A 192.0.2.10

        DNS-294 C9 ext.service.consul A (R1 silent, R2 answers)
        NOERROR AA RD RA 100
        an @ 5 CNAME www.example.net.
        an www.example.net. 5 CNAME real.example.net.
        an real.example.net. 5 A 192.0.2.10
        """#
}
