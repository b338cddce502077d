// SPDX-License-Identifier: Apache-2.0

extension CaseText {
    /// Tags and the form of RFC 2782: DNS-041…057.
    static let tags = #"""
        DNS-041 C0 v1.web.service.consul A
        NOERROR AA RD 55
        an @ 0 A 10.0.0.1

        # tag match ignores case
        DNS-042 C0 PROD.web.service.consul A
        NOERROR AA RD 57
        an @ 0 A 10.0.0.1

        # one tag `a.b`
        DNS-043 C0 a.b.web.service.consul A
        NOERROR AA RD 56
        an @ 0 A 10.0.0.1

        # looked up as the single tag `v1.prod`
        DNS-044 C0 v1.prod.web.service.consul A
        NXDOMAIN AA RD 94
        ns SOA

        DNS-045 C0 zz.web.service.consul A
        NXDOMAIN AA RD 89
        ns SOA

        DNS-046 C0 _web._tcp.service.consul SRV
        NOERROR AA RD 171
        an @ 0 SRV 1 1 8080 n1.node.dc1.consul.
        an @ 0 SRV 1 1 8081 n2.node.dc1.consul.
        ad n1.node.dc1.consul. 0 A 10.0.0.1
        ad n1.node.dc1.consul. 0 TXT "env=prod"
        ad n2.node.dc1.consul. 0 A 10.0.0.2

        # `.service` optional for SRV
        DNS-047 C0 _web._TCP.consul SRV
        NOERROR AA RD 163
        an @ 0 SRV 1 1 8080 n1.node.dc1.consul.
        an @ 0 SRV 1 1 8081 n2.node.dc1.consul.
        ad n1.node.dc1.consul. 0 A 10.0.0.1
        ad n1.node.dc1.consul. 0 TXT "env=prod"
        ad n2.node.dc1.consul. 0 A 10.0.0.2

        DNS-048 C0 _web._tcp.dc1.consul SRV
        NOERROR AA RD 167
        an @ 0 SRV 1 1 8080 n1.node.dc1.consul.
        an @ 0 SRV 1 1 8081 n2.node.dc1.consul.
        ad n1.node.dc1.consul. 0 A 10.0.0.1
        ad n1.node.dc1.consul. 0 TXT "env=prod"
        ad n2.node.dc1.consul. 0 A 10.0.0.2

        DNS-049 C0 _web._v2.service.consul SRV
        NOERROR AA RD 95
        an @ 0 SRV 1 1 8081 n2.node.dc1.consul.
        ad n2.node.dc1.consul. 0 A 10.0.0.2

        DNS-050 C0 _web._tcp.service.consul A
        NOERROR AA RD 74
        an @ 0 A 10.0.0.1
        an @ 0 A 10.0.0.2

        # short form only for SRV
        DNS-051 C0 _web._tcp.consul A
        NXDOMAIN AA RD 84
        ns SOA

        # only `tcp` is special
        DNS-052 C0 _web._udp.service.consul SRV
        NXDOMAIN AA RD 92
        ns SOA

        DNS-053 C0 _web.service.consul SRV
        NXDOMAIN AA RD 87
        ns SOA

        DNS-054 C0 x._web._tcp.service.consul SRV
        NXDOMAIN AA RD 94
        ns SOA

        DNS-055 C0 _web._tcp.dc9.consul SRV
        NXDOMAIN AA RD 88
        ns SOA

        DNS-056 C0 _web._tcp.connect.consul SRV
        NXDOMAIN AA RD 92
        ns SOA

        # D4 of docs/divergences.md
        DNS-057 C0 _web._tcp.node.consul SRV
        NOERROR AA RD 89
        ns SOA
        """#
}
