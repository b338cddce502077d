// SPDX-License-Identifier: Apache-2.0

extension CaseText {
    /// Health: DNS-136…141.
    static let health = #"""
        # D9 of docs/divergences.md
        DNS-136 C0 hs.service.consul SRV (EDNS 4096)
        NOERROR AA RD 262
        an @ 0 SRV 1 1 1 h1.node.dc1.consul.
        an @ 0 SRV 1 2 1 h2.node.dc1.consul.
        an @ 0 SRV 1 7 1 h4.node.dc1.consul.
        an @ 0 SRV 1 1 1 h9.node.dc1.consul.
        ad h1.node.dc1.consul. 0 A 10.2.0.1
        ad h2.node.dc1.consul. 0 A 10.2.0.2
        ad h4.node.dc1.consul. 0 A 10.2.0.4
        ad h9.node.dc1.consul. 0 A 10.2.0.9
        ad OPT(1232)

        # D9 of docs/divergences.md
        DNS-137 C2 hs.service.consul SRV (EDNS 4096)
        NOERROR AA RD 208
        an @ 0 SRV 1 1 1 h1.node.dc1.consul.
        an @ 0 SRV 1 7 1 h4.node.dc1.consul.
        an @ 0 SRV 1 1 1 h9.node.dc1.consul.
        ad h1.node.dc1.consul. 0 A 10.2.0.1
        ad h4.node.dc1.consul. 0 A 10.2.0.4
        ad h9.node.dc1.consul. 0 A 10.2.0.9
        ad OPT(1232)

        # only_passing does not reach prepared queries
        DNS-138 C2 hsall.query.consul SRV (EDNS 4096)
        NOERROR AA RD 263
        an @ 0 SRV 1 1 1 h1.node.dc1.consul.
        an @ 0 SRV 1 2 1 h2.node.dc1.consul.
        an @ 0 SRV 1 7 1 h4.node.dc1.consul.
        an @ 0 SRV 1 1 1 h9.node.dc1.consul.
        ad h1.node.dc1.consul. 0 A 10.2.0.1
        ad h2.node.dc1.consul. 0 A 10.2.0.2
        ad h4.node.dc1.consul. 0 A 10.2.0.4
        ad h9.node.dc1.consul. 0 A 10.2.0.9
        ad OPT(1232)

        # only a critical instance
        DNS-139 C0 oth.service.consul A
        NXDOMAIN AA RD 86
        ns SOA

        DNS-140 C0 oth.service.consul SRV
        NXDOMAIN AA RD 86
        ns SOA

        # node form ignores health
        DNS-141 C0 h5.node.consul A
        NOERROR AA RD 48
        an @ 0 A 10.2.0.5
        """#
}
