// SPDX-License-Identifier: Apache-2.0

extension CaseText {
    /// Host names in the place of addresses: DNS-253…277.
    static let hostNames = #"""
        # no recursor: CNAME alone
        DNS-253 C0 ext.service.consul A
        NOERROR AA RD 65
        an @ 0 CNAME www.example.net.

        DNS-254 C0 ext.service.consul SRV
        NOERROR AA RD 71
        an @ 0 SRV 1 1 80 www.example.net.

        DNS-255 C0 exnode.node.consul A
        NOERROR AA RD 81
        an @ 0 CNAME www.example.net.
        ad @ 0 TXT "m=1"

        # TTLs replaced by the service TTL
        DNS-256 C9 ext.service.consul A
        NOERROR AA RD RA 100
        an @ 5 CNAME www.example.net.
        an www.example.net. 5 CNAME real.example.net.
        an real.example.net. 5 A 192.0.2.10

        # D12 of docs/divergences.md: AAAA is asked upstream, and there is none
        DNS-257 C9 ext.service.consul AAAA
        NOERROR AA RD RA 84
        an @ 5 CNAME www.example.net.
        an www.example.net. 5 CNAME real.example.net.

        DNS-258 C9 ext.service.consul MX
        NOERROR AA RD RA 100
        an @ 5 CNAME www.example.net.
        an www.example.net. 5 CNAME real.example.net.
        an real.example.net. 5 A 192.0.2.10

        DNS-259 C9 ext.service.consul SRV
        NOERROR AA RD RA 106
        an @ 5 SRV 1 1 80 www.example.net.
        ad www.example.net. 5 CNAME real.example.net.
        ad real.example.net. 5 A 192.0.2.10

        DNS-260 C9 ext10.service.consul A
        NOERROR AA RD RA 99
        an 3 records

        # 5 chased records without EDNS
        DNS-261 C9 ext10.service.consul A (TCP)
        NOERROR AA RD RA 147
        an 6 records

        # D9 of docs/divergences.md
        DNS-262 C9 ext10.service.consul A (EDNS 4096)
        NOERROR AA RD RA 238
        an 11 records
        ad OPT(1232)

        DNS-263 C9 ext10.service.consul SRV
        NOERROR AA RD RA 153
        an @ 5 SRV 1 1 80 ten.example.net.
        ad 5 records

        # NOERROR although target is NXDOMAIN
        DNS-264 C9 extnx.service.consul A
        NOERROR AA RD RA 66
        an @ 5 CNAME nx.example.net.

        DNS-265 C9 incon.service.consul A
        NOERROR AA RD RA 88
        an @ 5 CNAME web.service.consul.
        an web.service.consul. 5 A 10.0.0.1
        an web.service.consul. 5 A 10.0.0.2

        # TXT filtered out
        DNS-266 C9 innode.service.consul A
        NOERROR AA RD RA 79
        an @ 5 CNAME meta.node.consul.
        an meta.node.consul. 5 A 10.0.0.11

        DNS-267 C9 nowhere.service.consul A
        NOERROR AA RD RA 59
        an @ 5 CNAME nope.service.consul.

        # own name: node address used
        DNS-268 C9 selfref.service.consul A
        NOERROR AA RD RA 56
        an @ 5 A 10.0.0.20

        # D7 of docs/divergences.md
        DNS-269 C9 SELFREF.service.consul A
        NOERROR AA RD RA 56
        an @ 5 A 10.0.0.20

        # D12 of docs/divergences.md: no name twice
        DNS-270 C9 loop1.service.consul A (TCP)
        NOERROR AA RD RA 72
        an @ 5 CNAME loop2.service.consul.
        an loop2.service.consul. 5 CNAME loop1.service.consul.

        # address RRs suppress CNAME
        DNS-271 C9 mixed.service.consul A
        NOERROR AA RD RA 54
        an @ 5 A 10.0.0.21

        # D12 of docs/divergences.md
        DNS-272 C9 mixed.service.consul AAAA
        NOERROR AA RD RA 86
        an @ 5 CNAME www.example.net.
        an www.example.net. 5 CNAME real.example.net.

        # one CNAME chain only
        DNS-273 C9 twocn.service.consul A
        NOERROR AA RD RA 85
        an @ 5 CNAME www.example.net.
        an www.example.net. 5 CNAME real.example.net.
        an real.example.net. 5 A 192.0.2.10
        an or
        an @ 5 CNAME other.example.net.
        an other.example.net. 5 A 192.0.2.1

        # node form keeps upstream TTLs
        DNS-274 C9 exnode.node.consul A
        NOERROR AA RD RA 116
        an @ 11 CNAME www.example.net.
        an www.example.net. 300 CNAME real.example.net.
        an real.example.net. 300 A 192.0.2.10
        ad @ 11 TXT "m=1"

        DNS-275 C9 exnode.node.consul TXT
        NOERROR AA RD RA 52
        an @ 11 TXT "m=1"

        DNS-276 C9 exn.service.consul SRV
        NOERROR AA RD RA 138
        an @ 5 SRV 1 1 90 www.example.net.
        ad www.example.net. 5 CNAME real.example.net.
        ad real.example.net. 5 A 192.0.2.10
        ad exnode.node.dc1.consul. 5 TXT "m=1"

        # ANY re-dispatch leaks A and TXT
        DNS-277 C9 innode2.node.consul AAAA
        NOERROR AA RD RA -
        an any 3 of
        an @ 11 CNAME meta.node.consul.
        an meta.node.consul. 11 A 10.0.0.11
        an meta.node.consul. 11 TXT "k1=v1"
        an meta.node.consul. 11 TXT "raw value"
        an meta.node.consul. 11 TXT "UP"
        an meta.node.consul. 11 TXT "tick=a``b = c"
        """#
}
