// SPDX-License-Identifier: Apache-2.0

extension CaseText {
    /// The alternate domain: DNS-295…308.
    static let alternateDomain = #"""
        DNS-295 C10 api.service.alt.zone A
        NOERROR AA RD 54
        an @ 0 A 198.18.0.1

        DNS-296 C10 api.service.alt.zone SRV
        NOERROR AA RD -
        an @ 0 SRV 1 1 1 c6120001.addr.dc1.alt.zone.
        ad c6120001.addr.dc1.alt.zone. 0 A 198.18.0.1

        DNS-297 C10 dup.service.alt.zone SRV
        NOERROR AA RD -
        an @ 0 SRV 1 1 1 d1.node.dc1.alt.zone.
        an @ 0 SRV 1 1 2 d1.node.dc1.alt.zone.
        an @ 0 SRV 1 1 2 d2.node.dc1.alt.zone.
        ad d1.node.dc1.alt.zone. 0 A 10.4.0.1
        ad d1.node.dc1.alt.zone. 0 A 10.4.0.1
        ad d2.node.dc1.alt.zone. 0 A 10.4.0.1

        DNS-298 C10 nope.service.alt.zone A
        NXDOMAIN AA RD -
        ns SOA[alt.zone.]

        # D7 and D14 of docs/divergences.md: the alternate domain's own SOA, its names in the question
        DNS-299 C10 nope.service.ALT.zone A
        NXDOMAIN AA RD 89
        ns SOA[ALT.zone.]

        DNS-300 C10 x.alt.zone NS
        NOERROR AA RD -
        an alt.zone. 0 NS agent1.node.dc1.alt.zone.
        ad agent1.node.dc1.alt.zone. 0 A 127.0.0.1

        DNS-301 C10 x.alt.zone SOA
        NOERROR AA RD -
        an SOA[alt.zone.]
        ns alt.zone. 0 NS agent1.node.dc1.alt.zone.
        ad agent1.node.dc1.alt.zone. 0 A 127.0.0.1

        # D7 of docs/divergences.md
        DNS-302 C10 alt.zone SOA
        NOERROR AA RD -
        an SOA[alt.zone.]
        ns alt.zone. 0 NS agent1.node.dc1.alt.zone.
        ad agent1.node.dc1.alt.zone. 0 A 127.0.0.1

        # D7 of docs/divergences.md
        DNS-303 C10 alt.zone A
        NXDOMAIN AA RD 76
        ns SOA[alt.zone.]

        DNS-304 C10 c6120001.addr.alt.zone A
        NOERROR AA RD -
        an @ 0 A 198.18.0.1

        DNS-305 C10 n2.node.alt.zone A
        NOERROR AA RD 50
        an @ 0 A 10.0.0.2

        # always the primary domain
        DNS-306 C10 2.0.0.10.in-addr.arpa PTR
        NOERROR AA RD 71
        an @ 0 PTR n2.node.dc1.consul.

        DNS-307 C10 zone A
        REFUSED RD 22

        DNS-308 C10 q-one.query.alt.zone SRV
        NOERROR AA RD -
        an @ 0 SRV 1 1 1 c6120001.addr.dc1.alt.zone.
        ad c6120001.addr.dc1.alt.zone. 0 A 198.18.0.1
        """#
}
