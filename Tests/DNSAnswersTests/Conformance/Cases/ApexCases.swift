// SPDX-License-Identifier: Apache-2.0

extension CaseText {
    /// NS, SOA, names out of zone, headers: DNS-115…135.
    static let apex = #"""
        DNS-115 C0 consul NS
        NOERROR AA RD 70
        an consul. 0 NS agent1.node.dc1.consul.
        ad agent1.node.dc1.consul. 0 A 127.0.0.1

        # any name in zone
        DNS-116 C0 nope.service.consul NS
        NOERROR AA RD 83
        an consul. 0 NS agent1.node.dc1.consul.
        ad agent1.node.dc1.consul. 0 A 127.0.0.1

        DNS-117 C0 consul SOA
        NOERROR AA RD 120
        an SOA
        ns consul. 0 NS agent1.node.dc1.consul.
        ad agent1.node.dc1.consul. 0 A 127.0.0.1

        DNS-118 C0 nope.consul SOA
        NOERROR AA RD 125
        an SOA
        ns consul. 0 NS agent1.node.dc1.consul.
        ad agent1.node.dc1.consul. 0 A 127.0.0.1

        DNS-119 C0 consul AXFR
        NOTIMP AA RD 24

        DNS-120 C0 consul AXFR (TCP)
        NOTIMP AA RD 24

        DNS-121 C0 example.com A
        REFUSED RD 29

        DNS-122 C0 notconsul A
        REFUSED RD 27

        DNS-123 C0 . A
        REFUSED RD 17

        DNS-124 C0 version.bind TXT (class CH)
        REFUSED RD 30

        # D10 of docs/divergences.md
        DNS-125 C0 api.service.consul A (class CH)
        REFUSED RD 36

        DNS-126 C0 api.service.consul A (RD=0)
        NOERROR AA 52
        an @ 0 A 198.18.0.1

        DNS-127 C0 api.service.consul A (CD=1)
        NOERROR AA RD CD 52
        an @ 0 A 198.18.0.1

        # AD never set
        DNS-128 C0 api.service.consul A (AD=1)
        NOERROR AA RD 52
        an @ 0 A 198.18.0.1

        # 12-byte header only
        DNS-129 C0 api.service.consul A (opcode 5)
        NOTIMP RD 12

        DNS-130 C0 api.service.consul A (opcode 2)
        NOTIMP RD 12

        # D10 of docs/divergences.md
        DNS-131 C0 api.service.consul A (opcode 4)
        NOTIMP RD 12

        DNS-132 C0 (QDCOUNT=2)
        FORMERR RD 12

        DNS-133 C0 (QDCOUNT=0)
        FORMERR RD 12

        DNS-134 C0 (QR=1)
        no reply

        DNS-135 C0 (11 bytes)
        no reply
        """#
}
