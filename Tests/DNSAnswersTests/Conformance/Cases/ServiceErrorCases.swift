// SPDX-License-Identifier: Apache-2.0

extension CaseText {
    /// Service names that lead nowhere: DNS-028…040.
    static let serviceErrors = #"""
        DNS-028 C0 nope.service.consul A
        NXDOMAIN AA RD 87
        ns SOA

        DNS-029 C0 web.service.dc9.consul A
        NXDOMAIN AA RD 90
        ns SOA

        DNS-030 C0 web.service.dc1.extra.consul A
        NXDOMAIN AA RD 96
        ns SOA

        DNS-031 C0 web.service.a.b.c.consul A
        NXDOMAIN AA RD 92
        ns SOA

        DNS-032 C0 service.consul A
        NXDOMAIN AA RD 82
        ns SOA

        DNS-033 C0 foo.consul A
        NXDOMAIN AA RD 78
        ns SOA

        DNS-034 C0 foo.bar.consul A
        NXDOMAIN AA RD 82
        ns SOA

        DNS-035 C0 consul A
        NXDOMAIN AA RD 74
        ns SOA

        DNS-036 C0 consul ANY
        NXDOMAIN AA RD 74
        ns SOA

        DNS-037 C0 consul TXT
        NXDOMAIN AA RD 74
        ns SOA

        DNS-038 C0 nope.service.consul SRV
        NXDOMAIN AA RD 87
        ns SOA

        DNS-039 C0 nope.service.consul TXT
        NXDOMAIN AA RD 87
        ns SOA

        DNS-040 C0 nope.service.consul MX
        NXDOMAIN AA RD 87
        ns SOA
        """#
}
