// SPDX-License-Identifier: Apache-2.0

extension CaseText {
    /// The node form: DNS-058…086.
    static let nodes = #"""
        DNS-058 C0 n1.node.consul A
        NOERROR AA RD 69
        an @ 0 A 10.0.0.1
        ad @ 0 TXT "env=prod"

        # D4 of docs/divergences.md
        DNS-059 C0 n1.node.consul AAAA
        NOERROR AA RD 103
        ns SOA
        ad @ 0 TXT "env=prod"

        DNS-060 C0 n1.node.consul TXT
        NOERROR AA RD 53
        an @ 0 TXT "env=prod"

        DNS-061 C0 n1.node.consul ANY
        NOERROR AA RD 69
        an @ 0 A 10.0.0.1
        an @ 0 TXT "env=prod"

        # D4 of docs/divergences.md
        DNS-062 C0 n1.node.consul SRV
        NOERROR AA RD 82
        ns SOA

        # D4 of docs/divergences.md
        DNS-063 C0 n1.node.consul MX
        NOERROR AA RD 82
        ns SOA

        # D4 of docs/divergences.md
        DNS-064 C0 n1.node.consul CNAME
        NOERROR AA RD 82
        ns SOA

        # D4 of docs/divergences.md
        DNS-065 C0 n1.node.consul PTR
        NOERROR AA RD 82
        ns SOA

        # D4 of docs/divergences.md
        DNS-066 C0 n1.node.consul DS
        NOERROR AA RD 82
        ns SOA

        # D4 of docs/divergences.md
        DNS-067 C0 nope.node.consul SRV
        NOERROR AA RD 84
        ns SOA

        DNS-068 C0 nope.node.consul A
        NXDOMAIN AA RD 84
        ns SOA

        DNS-069 C0 nope.node.consul TXT
        NXDOMAIN AA RD 84
        ns SOA

        DNS-070 C0 n1.node.dc9.consul A
        NXDOMAIN AA RD 86
        ns SOA

        DNS-071 C0 node.consul A
        NXDOMAIN AA RD 79
        ns SOA

        DNS-072 C0 MIXEDNODE.node.consul A
        NOERROR AA RD 55
        an @ 0 A 10.0.0.9

        DNS-073 C0 deadbeef-0000-4000-8000-00000000abcd.node.consul A
        NOERROR AA RD 82
        an @ 0 A 10.0.0.9

        # unique ID prefix, 2+ chars
        DNS-074 C0 deadbeef.node.consul A
        NOERROR AA RD 54
        an @ 0 A 10.0.0.9

        # ambiguous ID prefix
        DNS-075 C0 deadbe.node.consul A
        NXDOMAIN AA RD 86
        ns SOA

        # one character: no ID lookup
        DNS-076 C0 d.node.consul A
        NXDOMAIN AA RD 81
        ns SOA

        DNS-077 C0 dot.ted.node.consul A
        NOERROR AA RD 53
        an @ 0 A 10.0.0.10

        DNS-078 C0 n6.node.consul AAAA
        NOERROR AA RD 60
        an @ 0 AAAA 2001:db8::6

        # D4 of docs/divergences.md
        DNS-079 C0 n6.node.consul A
        NOERROR AA RD 82
        ns SOA

        DNS-080 C0 meta.node.consul TXT (TCP)
        NOERROR AA RD 115
        an @ 0 TXT "k1=v1"
        an @ 0 TXT "raw value"
        an @ 0 TXT "UP"
        an @ 0 TXT "tick=a``b = c"

        # UDP limit 3 applies to TXT
        DNS-081 C0 meta.node.consul TXT
        NOERROR AA RD -
        an any 3 of
        an @ 0 TXT "k1=v1"
        an @ 0 TXT "raw value"
        an @ 0 TXT "UP"
        an @ 0 TXT "tick=a``b = c"

        DNS-082 C0 meta.node.consul A
        NOERROR AA RD 131
        an @ 0 A 10.0.0.11
        ad @ 0 TXT "k1=v1"
        ad @ 0 TXT "raw value"
        ad @ 0 TXT "UP"
        ad @ 0 TXT "tick=a``b = c"

        # D4 of docs/divergences.md
        DNS-083 C0 d1.node.consul TXT
        NOERROR AA RD 82
        ns SOA

        # D2 of docs/divergences.md
        DNS-084 C0 big.node.consul A
        NOERROR AA RD 49
        an @ 0 A 10.9.9.9

        # D1 of docs/divergences.md
        DNS-085 C0 long.node.consul A
        NOERROR AA RD -
        an @ 0 A 10.9.9.8
        ad 1 records

        # D1 of docs/divergences.md
        DNS-086 C0 long.node.consul TXT
        NOERROR AA RD -
        an 1 records
        """#
}
