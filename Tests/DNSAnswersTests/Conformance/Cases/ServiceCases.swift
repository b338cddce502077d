// SPDX-License-Identifier: Apache-2.0

extension CaseText {
    /// The standard form of service names: DNS-001…027.
    static let service = #"""
        # order random
        DNS-001 C0 web.service.consul A
        NOERROR AA RD 68
        an @ 0 A 10.0.0.1
        an @ 0 A 10.0.0.2

        DNS-002 C0 web.service.dc1.consul A
        NOERROR AA RD 72
        an @ 0 A 10.0.0.1
        an @ 0 A 10.0.0.2

        # owner keeps query case
        DNS-003 C0 WEB.Service.CONSUL A
        NOERROR AA RD 68
        an @ 0 A 10.0.0.1
        an @ 0 A 10.0.0.2

        DNS-004 C0 web.service.consul AAAA
        NOERROR AA RD 86
        ns SOA

        # no SRV, no TXT in ANY
        DNS-005 C0 web.service.consul ANY
        NOERROR AA RD 68
        an @ 0 A 10.0.0.1
        an @ 0 A 10.0.0.2

        # A answered to TXT
        DNS-006 C0 web.service.consul TXT
        NOERROR AA RD 68
        an @ 0 A 10.0.0.1
        an @ 0 A 10.0.0.2

        DNS-007 C0 web.service.consul CNAME
        NOERROR AA RD 86
        ns SOA

        DNS-008 C0 web.service.consul MX
        NOERROR AA RD 86
        ns SOA

        DNS-009 C0 web.service.consul PTR
        NOERROR AA RD 86
        ns SOA

        DNS-010 C0 web.service.consul HTTPS
        NOERROR AA RD 86
        ns SOA

        # no recursors
        DNS-011 C0 web.service.consul DS
        NOERROR AA RD 86
        ns SOA

        DNS-012 C0 web.service.consul IXFR
        NOERROR AA RD 86
        ns SOA

        # per instance: A then TXT
        DNS-013 C0 web.service.consul SRV
        NOERROR AA RD 165
        an @ 0 SRV 1 1 8080 n1.node.dc1.consul.
        an @ 0 SRV 1 1 8081 n2.node.dc1.consul.
        ad n1.node.dc1.consul. 0 A 10.0.0.1
        ad n1.node.dc1.consul. 0 TXT "env=prod"
        ad n2.node.dc1.consul. 0 A 10.0.0.2

        DNS-014 C0 api.service.consul A
        NOERROR AA RD 52
        an @ 0 A 198.18.0.1

        DNS-015 C0 api.service.consul SRV
        NOERROR AA RD 96
        an @ 0 SRV 1 1 1 c6120001.addr.dc1.consul.
        ad c6120001.addr.dc1.consul. 0 A 198.18.0.1

        DNS-016 C0 six.service.consul AAAA
        NOERROR AA RD 64
        an @ 0 AAAA 2001:db8::6

        DNS-017 C0 six.service.consul A
        NOERROR AA RD 86
        ns SOA

        DNS-018 C0 six.service.consul SRV
        NOERROR AA RD 102
        an @ 0 SRV 1 1 6 n6.node.dc1.consul.
        ad n6.node.dc1.consul. 0 AAAA 2001:db8::6

        DNS-019 C0 six.service.consul TXT
        NOERROR AA RD 64
        an @ 0 AAAA 2001:db8::6

        DNS-020 C0 api6.service.consul SRV
        NOERROR AA RD 133
        an @ 0 SRV 1 1 2 20010db8000000000000000000000066.addr.dc1.consul.
        ad 20010db8000000000000000000000066.addr.dc1.consul. 0 AAAA 2001:db8::66

        # registered as MixSvc
        DNS-021 C0 mixsvc.service.consul A
        NOERROR AA RD 55
        an @ 0 A 198.18.0.9

        # 1.11+: domain part copied from the query
        DNS-022 C0 MixSvc.SERVICE.dc1.CONSUL SRV
        NOERROR AA RD -
        an @ 0 SRV 1 1 99 c6120009.addr.dc1.CONSUL.
        ad c6120009.addr.dc1.CONSUL. 0 A 198.18.0.9

        # underscore names do resolve
        DNS-023 C0 s_v_c.service.consul SRV
        NOERROR AA RD 101
        an @ 0 SRV 1 1 3 under_score.node.dc1.consul.
        ad under_score.node.dc1.consul. 0 A 10.0.0.13

        DNS-024 C0 noport.service.consul SRV
        NOERROR AA RD 93
        an @ 0 SRV 1 1 0 p1.node.dc1.consul.
        ad p1.node.dc1.consul. 0 A 10.5.0.1

        # 70000 mod 65536
        DNS-025 C0 bigport.service.consul SRV
        NOERROR AA RD 94
        an @ 0 SRV 1 1 4464 p1.node.dc1.consul.
        ad p1.node.dc1.consul. 0 A 10.5.0.1

        # invalid weights become 1/1
        DNS-026 C0 badw.service.consul SRV
        NOERROR AA RD 91
        an @ 0 SRV 1 1 5 p1.node.dc1.consul.
        ad p1.node.dc1.consul. 0 A 10.5.0.1

        # one per server agent
        DNS-027 C0 consul.service.consul A
        NOERROR AA RD 55
        an @ 0 A 127.0.0.1
        """#
}
