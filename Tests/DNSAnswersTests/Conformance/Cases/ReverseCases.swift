// SPDX-License-Identifier: Apache-2.0

extension CaseText {
    /// Reverse names: DNS-101…114.
    static let reverse = #"""
        DNS-101 C0 1.0.0.10.in-addr.arpa PTR
        NOERROR AA RD 71
        an @ 0 PTR n1.node.dc1.consul.

        # qtype ignored
        DNS-102 C0 1.0.0.10.IN-ADDR.ARPA A
        NOERROR AA RD 71
        an @ 0 PTR n1.node.dc1.consul.

        DNS-103 C0 1.0.0.10.in-addr.arpa SOA
        NOERROR AA RD 121
        an @ 0 PTR n1.node.dc1.consul.
        ns SOA

        # first by node name only
        DNS-104 C0 30.0.0.10.in-addr.arpa PTR
        NOERROR AA RD 74
        an @ 0 PTR ptr1.node.dc1.consul.

        DNS-105 C0 1.0.18.198.in-addr.arpa PTR
        NOERROR AA RD 77
        an @ 0 PTR api.service.dc1.consul.

        DNS-106 C0 9.0.18.198.in-addr.arpa PTR
        NOERROR AA RD 80
        an @ 0 PTR MixSvc.service.dc1.consul.

        DNS-107 C0 6.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR
        NOERROR AA RD 122
        an @ 0 PTR n6.node.dc1.consul.

        DNS-108 C0 6.6.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR
        NOERROR AA RD 127
        an @ 0 PTR api6.service.dc1.consul.

        # D14 of docs/divergences.md: registered as `2001:DB8::77`
        DNS-109 C0 7.7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR
        NOERROR AA RD -
        an @ 0 PTR v6x.service.dc1.consul.

        DNS-110 C0 9.9.9.9.in-addr.arpa PTR
        NXDOMAIN AA RD -
        ns SOA

        DNS-111 C0 9.9.9.in-addr.arpa PTR
        NXDOMAIN AA RD -
        ns SOA

        # tagged address, not matched
        DNS-112 C0 22.6.18.198.in-addr.arpa PTR
        NXDOMAIN AA RD -
        ns SOA

        DNS-113 C0 x.arpa A
        NXDOMAIN AA RD -
        ns SOA

        # SOA twice
        DNS-114 C0 9.9.9.9.in-addr.arpa SOA
        NXDOMAIN AA RD -
        ns SOA
        ns SOA
        """#
}
