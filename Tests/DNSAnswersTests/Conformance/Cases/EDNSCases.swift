// SPDX-License-Identifier: Apache-2.0

extension CaseText {
    /// EDNS: DNS-177…184.
    static let edns = #"""
        # D9 of docs/divergences.md
        DNS-177 C0 api.service.consul A (EDNS 4096, DO)
        NOERROR AA RD 63
        an @ 0 A 198.18.0.1
        ad OPT(1232, DO)

        # D9 of docs/divergences.md
        DNS-178 C0 api.service.consul A (EDNS 100)
        NOERROR AA RD 63
        an @ 0 A 198.18.0.1
        ad OPT(1232)

        # D9 of docs/divergences.md
        DNS-179 C0 api.service.consul A (EDNS 1232, EDNS version 1)
        BADVERS RD 47
        ad OPT(1232)

        DNS-180 C0 api.service.consul A (EDNS 1232, ECS 192.0.2.0/24)
        NOERROR AA RD 74
        an @ 0 A 198.18.0.1
        ad OPT(1232, ECS 192.0.2.0/24 scope 0)

        DNS-181 C0 nope.service.consul A (EDNS 1232, ECS 192.0.2.0/24)
        NXDOMAIN AA RD 109
        ns SOA
        ad OPT(1232, ECS 192.0.2.0/24 scope 0)

        # scope = source length
        DNS-182 C0 q-one.query.consul A (EDNS 1232, ECS 192.0.2.0/24)
        NOERROR AA RD 74
        an @ 0 A 198.18.0.1
        ad OPT(1232, ECS 192.0.2.0/24 scope 24)

        DNS-183 C0 gone.query.consul A (EDNS 1232, ECS 192.0.2.0/24)
        NXDOMAIN AA RD 107
        ns SOA
        ad OPT(1232, ECS 192.0.2.0/24 scope 0)

        # no OPT in REFUSED
        DNS-184 C0 example.com A (EDNS 1232)
        REFUSED RD 29
        """#
}
