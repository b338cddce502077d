// SPDX-License-Identifier: Apache-2.0

extension CaseText {
    /// Prepared queries: DNS-200…218.
    static let preparedQueries = #"""
        DNS-200 C0 Q-ONE.query.dc1.consul A
        NOERROR AA RD 56
        an @ 0 A 198.18.0.1

        DNS-201 C0 q-one.query.consul SRV
        NOERROR AA RD 96
        an @ 0 SRV 1 1 1 c6120001.addr.dc1.consul.
        ad c6120001.addr.dc1.consul. 0 A 198.18.0.1

        DNS-202 C0 q-one.query.consul MX
        NOERROR AA RD 86
        ns SOA

        DNS-203 C0 dot.name.query.consul A
        NOERROR AA RD 55
        an @ 0 A 198.18.0.1

        DNS-204 C0 nottag.query.consul A
        NOERROR AA RD 53
        an @ 0 A 10.0.0.1

        DNS-205 C0 geo-web-v2.query.consul A
        NOERROR AA RD 57
        an @ 0 A 10.0.0.2

        DNS-206 C0 geo-web-zz.query.consul A
        NXDOMAIN AA RD 91
        ns SOA

        DNS-207 C0 near2.query.consul A
        NOERROR AA RD 68
        an in order
        an @ 0 A 10.0.0.2
        an @ 0 A 10.0.0.1

        # ECS address equals a node address
        DNS-208 C0 nearip.query.consul A (EDNS 1232, ECS 10.0.0.2/32)
        NOERROR AA RD 92
        an in order
        an @ 0 A 10.0.0.2
        an @ 0 A 10.0.0.1
        ad OPT(1232, ECS 10.0.0.2/32 scope 32)

        DNS-209 C0 warn.query.consul SRV
        NOERROR AA RD 197
        an @ 0 SRV 1 1 1 h1.node.dc1.consul.
        an @ 0 SRV 1 7 1 h4.node.dc1.consul.
        an @ 0 SRV 1 1 1 h9.node.dc1.consul.
        ad h1.node.dc1.consul. 0 A 10.2.0.1
        ad h4.node.dc1.consul. 0 A 10.2.0.4
        ad h9.node.dc1.consul. 0 A 10.2.0.9

        # ignored critical check gives weight 0
        DNS-210 C0 ign.query.consul SRV
        NOERROR AA RD 88
        an @ 0 SRV 1 0 9 h9.node.dc1.consul.
        ad h9.node.dc1.consul. 0 A 10.2.0.9

        DNS-211 C0 gone.query.consul A
        NXDOMAIN AA RD 85
        ns SOA

        DNS-212 C0 fo.query.consul A
        NXDOMAIN AA RD 83
        ns SOA

        DNS-213 C0 nope.query.consul A
        NXDOMAIN AA RD 85
        ns SOA

        DNS-214 C0 nope.query.dc9.consul A
        NXDOMAIN AA RD 89
        ns SOA

        # `.dc` form not accepted for query
        DNS-215 C0 q-one.query.dc1.dc.consul A
        NXDOMAIN AA RD 93
        ns SOA

        DNS-216 C0 query.consul A
        NXDOMAIN AA RD 80
        ns SOA

        DNS-217 C0 _q-one._tcp.query.consul SRV
        NOERROR AA RD -
        an @ 0 SRV 1 1 1 c6120001.addr.dc1.consul.
        ad c6120001.addr.dc1.consul. 0 A 198.18.0.1

        DNS-218 C0 _dot.name._tcp.query.consul SRV
        NOERROR AA RD -
        an @ 0 SRV 1 1 1 c6120001.addr.dc1.consul.
        ad c6120001.addr.dc1.consul. 0 A 198.18.0.1
        """#
}
