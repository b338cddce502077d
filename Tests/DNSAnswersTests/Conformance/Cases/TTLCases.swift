// SPDX-License-Identifier: Apache-2.0

extension CaseText {
    /// TTLs and the SOA record: DNS-185…199.
    static let ttl = #"""
        DNS-185 C1 web.service.consul A
        NOERROR AA RD 68
        an all TTL 30

        DNS-186 C1 api.service.consul A
        NOERROR AA RD 52
        an all TTL 5

        DNS-187 C1 db.service.consul A
        NOERROR AA RD 51
        an all TTL 10

        DNS-188 C1 db-m1.service.consul A
        NOERROR AA RD 54
        an all TTL 7

        DNS-189 C1 db-master.service.consul A
        NOERROR AA RD 58
        an all TTL 3

        DNS-190 C1 n1.node.consul A
        NOERROR AA RD 69
        an @ 11 A 10.0.0.1
        ad @ 11 TXT "env=prod"

        # glue and TXT use the service TTL
        DNS-191 C1 web.service.consul SRV
        NOERROR AA RD 165
        an @ 30 SRV 1 1 8080 n1.node.dc1.consul.
        an @ 30 SRV 1 1 8081 n2.node.dc1.consul.
        ad n1.node.dc1.consul. 30 A 10.0.0.1
        ad n1.node.dc1.consul. 30 TXT "env=prod"
        ad n2.node.dc1.consul. 30 A 10.0.0.2

        DNS-192 C1 c6120001.addr.consul A
        NOERROR AA RD 54
        an @ 11 A 198.18.0.1

        DNS-193 C1 consul NS
        NOERROR AA RD 70
        an consul. 11 NS agent1.node.dc1.consul.
        ad agent1.node.dc1.consul. 11 A 127.0.0.1

        # PTR TTL always 0
        DNS-194 C1 1.0.0.10.in-addr.arpa PTR
        NOERROR AA RD 71
        an @ 0 PTR n1.node.dc1.consul.

        DNS-195 C1 ttlq.query.consul A
        NOERROR AA RD 51
        an @ 10 A 10.0.0.1

        # falls back to service_ttl of the target
        DNS-196 C1 q-one.query.consul A
        NOERROR AA RD 52
        an @ 5 A 198.18.0.1

        # 1500ms truncated
        DNS-197 C1 frac.query.consul A
        NOERROR AA RD 51
        an @ 1 A 198.18.0.1

        DNS-198 C8 nope.consul A
        NXDOMAIN AA RD 79
        ns SOA[min_ttl 60, refresh 1, retry 2, expire 3]

        DNS-199 C8 web.service.consul AAAA
        NOERROR AA RD 86
        ns SOA[min_ttl 60, refresh 1, retry 2, expire 3]
        """#
}
