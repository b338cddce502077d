// SPDX-License-Identifier: Apache-2.0

extension CaseText {
    /// Configuration: DNS-345…351.
    static let configuration = #"""
        # single server named `agent_1`: skipped
        DNS-345 C16 consul NS
        NOERROR AA RD 24

        DNS-346 C16 consul SOA
        NOERROR AA RD 74
        an SOA

        # own node meta: 1.21 adds `consul-version=` to `consul-network-segment=`
        DNS-347 C16 agent_1.node.consul A
        NOERROR AA RD -
        an @ 0 A 127.0.0.1
        ad 2 records

        # recursors removed by reload
        DNS-348 C13 www.example.net A
        REFUSED RD 33

        DNS-349 C14 api.service.consul A
        NOERROR AA RD 52
        an @ 0 A 198.18.0.1

        # registered after a first NXDOMAIN
        DNS-350 C14 latenode.node.consul A
        NOERROR AA RD 54
        an @ 0 A 10.0.0.99

        # domain not reloadable
        DNS-351 C15 web.service.consul A
        NOERROR AA RD 68
        an @ 0 A 10.0.0.1
        an @ 0 A 10.0.0.2
        """#
}
