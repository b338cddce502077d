// SPDX-License-Identifier: Apache-2.0

extension CaseText {
    /// The addr form: DNS-087…100.
    static let addresses = #"""
        DNS-087 C0 c0000201.addr.consul A
        NOERROR AA RD 54
        an @ 0 A 192.0.2.1

        # suffix labels ignored
        DNS-088 C0 c0000201.addr.dc9.x.consul A
        NOERROR AA RD 60
        an @ 0 A 192.0.2.1

        # D14 of docs/divergences.md: the owner is compressed against the question, whose case it so has
        DNS-089 C0 C0000201.ADDR.consul A
        NOERROR AA RD 54
        an @ 0 A 192.0.2.1

        # D4 of docs/divergences.md
        DNS-090 C0 c0000201.addr.consul AAAA
        NOERROR AA RD -
        ns SOA
        ad @ 0 A 192.0.2.1

        # D4 of docs/divergences.md
        DNS-091 C0 c0000201.addr.consul SRV
        NOERROR AA RD -
        ns SOA
        ad @ 0 A 192.0.2.1

        # D4 of docs/divergences.md
        DNS-092 C0 c0000201.addr.consul TXT
        NOERROR AA RD -
        ns SOA
        ad @ 0 A 192.0.2.1

        DNS-093 C0 c0000201.addr.consul ANY
        NOERROR AA RD 54
        an @ 0 A 192.0.2.1

        DNS-094 C0 20010db8000000000000000000000066.addr.consul AAAA
        NOERROR AA RD 90
        an @ 0 AAAA 2001:db8::66

        # D4 of docs/divergences.md
        DNS-095 C0 20010db8000000000000000000000066.addr.consul A
        NOERROR AA RD -
        ns SOA
        ad @ 0 AAAA 2001:db8::66

        DNS-096 C0 c00002.addr.consul A
        NXDOMAIN AA RD -
        ns SOA

        DNS-097 C0 c00002zz.addr.consul A
        NXDOMAIN AA RD 88
        ns SOA

        DNS-098 C0 c00002010.addr.consul A
        NXDOMAIN AA RD 89
        ns SOA

        DNS-099 C0 a.c0000201.addr.consul A
        NXDOMAIN AA RD 90
        ns SOA

        DNS-100 C0 addr.consul A
        NXDOMAIN AA RD 79
        ns SOA
        """#
}
