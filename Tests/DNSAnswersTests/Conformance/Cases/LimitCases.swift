// SPDX-License-Identifier: Apache-2.0

extension CaseText {
    /// Duplicates, limits and truncation: DNS-142…176.
    static let limits = #"""
        DNS-142 C0 dup.service.consul A
        NOERROR AA RD 52
        an @ 0 A 10.4.0.1

        # duplicate glue kept
        DNS-143 C0 dup.service.consul SRV
        NOERROR AA RD 198
        an @ 0 SRV 1 1 1 d1.node.dc1.consul.
        an @ 0 SRV 1 1 2 d1.node.dc1.consul.
        an @ 0 SRV 1 1 2 d2.node.dc1.consul.
        ad d1.node.dc1.consul. 0 A 10.4.0.1
        ad d1.node.dc1.consul. 0 A 10.4.0.1
        ad d2.node.dc1.consul. 0 A 10.4.0.1

        DNS-144 C0 dip.service.consul A
        NOERROR AA RD 52
        an @ 0 A 198.18.4.4

        # identical RRs twice
        DNS-145 C0 dip.service.consul SRV
        NOERROR AA RD 156
        an @ 0 SRV 1 1 1 c6120404.addr.dc1.consul.
        an @ 0 SRV 1 1 1 c6120404.addr.dc1.consul.
        ad c6120404.addr.dc1.consul. 0 A 198.18.4.4
        ad c6120404.addr.dc1.consul. 0 A 198.18.4.4

        DNS-146 C0 many.service.consul A
        NOERROR AA RD 85
        an 3 records

        DNS-147 C0 many.service.consul SRV
        NOERROR AA RD 202
        an 3 records
        ad 3 records

        DNS-148 C0 many.service.consul A (TCP)
        NOERROR AA RD 677
        an 40 records

        DNS-149 C0 many.service.consul SRV (TCP)
        NOERROR AA RD 2237
        an 40 records
        ad 40 records

        # D3 of docs/divergences.md
        DNS-150 C0 many.service.consul A (EDNS 512)
        NOERROR AA RD 96
        an 3 records
        ad OPT(1232)

        # D3 of docs/divergences.md
        DNS-151 C0 many.service.consul A (EDNS 513)
        NOERROR AA RD 496
        an 28 records
        ad OPT(1232)

        # D3 of docs/divergences.md
        DNS-152 C0 many.service.consul A (EDNS 600)
        NOERROR AA RD 592
        an 34 records
        ad OPT(1232)

        # 688 bytes
        DNS-153 C0 many.service.consul A (EDNS 1232)
        NOERROR AA RD 688
        an 40 records
        ad OPT(1232)

        # D3 of docs/divergences.md
        DNS-154 C0 many.service.consul SRV (EDNS 600)
        NOERROR AA RD 543
        an 9 records
        ad 10 records

        # D3 of docs/divergences.md
        DNS-155 C0 many.service.consul SRV (EDNS 1232)
        NOERROR AA RD 1203
        an 21 records
        ad 22 records

        DNS-156 C0 many.service.consul SRV (EDNS 4096)
        NOERROR AA RD 2248
        an 40 records
        ad 41 records

        DNS-157 C3 many.service.consul A
        NOERROR AA TC RD 85
        an 3 records

        # D3 of docs/divergences.md
        DNS-158 C3 many.service.consul A (EDNS 600)
        NOERROR AA TC RD 592
        an 34 records
        ad OPT(1232)

        DNS-159 C3 many.service.consul A (TCP)
        NOERROR AA RD 677
        an 40 records

        # D9 of docs/divergences.md
        DNS-160 C3 many.service.consul A (EDNS 4096)
        NOERROR AA RD 688
        an 40 records
        ad OPT(1232)

        # D6 of docs/divergences.md
        DNS-161 C4a many.service.consul A
        NOERROR AA TC RD 165
        an 8 records

        # hard cap 8
        DNS-162 C4b many.service.consul A
        NOERROR AA TC RD 165
        an 8 records

        # 8 cut to 5 by the uncompressed 512 budget
        DNS-163 C4b many.service.consul SRV
        NOERROR AA TC RD 312
        an 5 records
        ad 5 records

        DNS-164 C5 many.service.consul A
        NOERROR AA RD 69
        an 2 records

        # no TC
        DNS-165 C5 many.service.consul A (TCP)
        NOERROR AA RD 69
        an 2 records

        # D9 of docs/divergences.md
        DNS-166 C5 many.service.consul ANY (EDNS 4096)
        NOERROR AA RD 80
        an 2 records
        ad OPT(1232)

        # not limited by a_record_limit
        DNS-167 C5 many.service.consul SRV
        NOERROR AA TC RD 202
        an 3 records
        ad 3 records

        DNS-168 C5 manyq.query.consul A
        NOERROR AA RD 68
        an 2 records

        # D3 of docs/divergences.md
        DNS-169 C0 many.service.consul A (EDNS 695)
        NOERROR AA RD -
        an 39 records
        ad OPT(1232)

        # D9 of docs/divergences.md
        DNS-170 C0 many.service.consul A (EDNS 696)
        NOERROR AA RD 688
        an 40 records
        ad OPT(1232)

        # D9 of docs/divergences.md
        DNS-171 C0 many.service.consul A (EDNS 65535)
        NOERROR AA RD 688
        an 40 records
        ad OPT(1232)

        # D3 of docs/divergences.md
        DNS-172 C6 many.service.consul A (EDNS 600)
        NOERROR AA RD 573
        an 15 records
        ad OPT(1232)

        DNS-173 C7 n1.node.consul A
        NOERROR AA RD 48
        an @ 0 A 10.0.0.1

        DNS-174 C7 n1.node.consul TXT
        NOERROR AA RD 53
        an @ 0 TXT "env=prod"

        DNS-175 C7 n1.node.consul ANY
        NOERROR AA RD 69
        an @ 0 A 10.0.0.1
        an @ 0 TXT "env=prod"

        DNS-176 C7 web.service.consul SRV
        NOERROR AA RD 144
        an @ 0 SRV 1 1 8080 n1.node.dc1.consul.
        an @ 0 SRV 1 1 8081 n2.node.dc1.consul.
        ad n1.node.dc1.consul. 0 A 10.0.0.1
        ad n2.node.dc1.consul. 0 A 10.0.0.2
        """#
}
