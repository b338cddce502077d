// SPDX-License-Identifier: Apache-2.0

extension CaseText {
    /// Connect, ingress, virtual and locality labels: DNS-219…244.
    static let locality = #"""
        DNS-219 C0 web.connect.consul A
        NOERROR AA RD 52
        an @ 0 A 198.18.9.1

        DNS-220 C0 web.connect.consul SRV
        NOERROR AA RD 96
        an @ 0 SRV 1 1 20000 c6120901.addr.dc1.consul.
        ad c6120901.addr.dc1.consul. 0 A 198.18.9.1

        # labels left of the service ignored
        DNS-221 C0 x.y.web.connect.dc1.consul A
        NOERROR AA RD 60
        an @ 0 A 198.18.9.1

        DNS-222 C0 native.connect.consul A
        NOERROR AA RD 55
        an @ 0 A 10.0.0.40

        DNS-223 C0 api.connect.consul A
        NXDOMAIN AA RD 86
        ns SOA

        DNS-224 C0 web-proxy.service.consul A
        NOERROR AA RD 58
        an @ 0 A 198.18.9.1

        DNS-225 C0 api.ingress.consul A
        NOERROR AA RD 52
        an @ 0 A 198.18.9.9

        # gateway's own port, not the listener port
        DNS-226 C0 api.ingress.consul SRV
        NOERROR AA RD 96
        an @ 0 SRV 1 1 8888 c6120909.addr.dc1.consul.
        ad c6120909.addr.dc1.consul. 0 A 198.18.9.9

        DNS-227 C0 web.ingress.consul A
        NXDOMAIN AA RD 86
        ns SOA

        # first VIP allocated; form absent before 1.11
        DNS-228 C0 web.virtual.consul A
        NOERROR AA RD -
        an @ 0 A 240.0.0.1

        # A answered to any type
        DNS-229 C0 web.virtual.consul AAAA
        NOERROR AA RD -
        an @ 0 A 240.0.0.1

        # D4 of docs/divergences.md
        DNS-230 C0 six.virtual.consul A
        NOERROR AA RD -
        ns SOA

        # D4 of docs/divergences.md
        DNS-231 C0 web.virtual.dc9.consul A
        NOERROR AA RD -
        ns SOA

        DNS-232 C0 web.service.dc1.dc.consul A
        NOERROR AA RD -
        an @ 0 A 10.0.0.1
        an @ 0 A 10.0.0.2

        DNS-233 C0 n2.node.dc1.dc.consul A
        NOERROR AA RD -
        an @ 0 A 10.0.0.2

        DNS-234 C0 web.connect.dc1.dc.consul A
        NOERROR AA RD -
        an @ 0 A 198.18.9.1

        # peer parsed, not applied: local answer
        DNS-235 C0 web.connect.p1.peer.consul A
        NOERROR AA RD -
        an @ 0 A 198.18.9.1

        # two pairs: the last wins
        DNS-236 C0 n2.node.dc9.dc.dc1.dc.consul A
        NOERROR AA RD -
        an @ 0 A 10.0.0.2

        DNS-237 C0 web.service.p1.peer.consul A
        NXDOMAIN AA RD 94
        ns SOA

        DNS-238 C0 web.service.default.ns.consul A
        NXDOMAIN AA RD 94
        ns SOA

        DNS-239 C0 web.service.default.ap.consul A
        NXDOMAIN AA RD 97
        ns SOA

        DNS-240 C0 web.service.default.ns.default.ap.dc1.dc.consul A
        NXDOMAIN AA RD 115
        ns SOA

        DNS-241 C0 web.service.g1.sg.consul A
        NXDOMAIN AA RD 92
        ns SOA

        DNS-242 C0 web.service.p1.peer.dc1.dc.consul A
        NXDOMAIN AA RD 101
        ns SOA

        DNS-243 C0 n1.node.p1.peer.consul A
        NXDOMAIN AA RD 90
        ns SOA

        DNS-244 C0 web.service.dc1.dc.x.consul A
        NXDOMAIN AA RD 95
        ns SOA
        """#
}
