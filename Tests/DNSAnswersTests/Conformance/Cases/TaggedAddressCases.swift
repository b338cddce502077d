// SPDX-License-Identifier: Apache-2.0

extension CaseText {
    /// Tagged addresses: DNS-245…252.
    static let taggedAddresses = #"""
        DNS-245 C0 t1.node.consul A
        NOERROR AA RD 48
        an @ 0 A 10.6.0.1

        DNS-246 C0 t1.node.consul AAAA
        NOERROR AA RD 60
        an @ 0 AAAA 2001:db8:6::1

        # v6 wins for ANY
        DNS-247 C0 t1.node.consul ANY
        NOERROR AA RD 60
        an @ 0 AAAA 2001:db8:6::1

        DNS-248 C0 tsn.service.consul A
        NOERROR AA RD 52
        an @ 0 A 10.6.0.1

        # v6 only, addr target
        DNS-249 C0 tsn.service.consul SRV
        NOERROR AA RD 132
        an @ 0 SRV 1 1 1 20010db8000600000000000000000001.addr.dc1.consul.
        ad 20010db8000600000000000000000001.addr.dc1.consul. 0 AAAA 2001:db8:6::1

        DNS-250 C0 tss.service.consul A
        NOERROR AA RD 52
        an @ 0 A 198.18.6.22

        DNS-251 C0 tss.service.consul AAAA
        NOERROR AA RD 64
        an @ 0 AAAA 2001:db8:6::2

        # tagged port unused without WAN
        DNS-252 C0 tss.service.consul SRV
        NOERROR AA RD 132
        an @ 0 SRV 1 1 1 20010db8000600000000000000000002.addr.dc1.consul.
        ad 20010db8000600000000000000000002.addr.dc1.consul. 0 AAAA 2001:db8:6::2
        """#
}
