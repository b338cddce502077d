// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore

extension CommandVectors {
    private static let session = "11111111-2222-3333-4444-555555555555"

    /// Frozen encodings of the commands for keys, sessions and transactions.
    static let keysAndSessions: [CommandCodingTests.Vector] = [
        .init(
            testDescription: "a key with an empty value",
            command: .kv(KVOperation(.set, "a/b")),
            hex: "82000106 82 0101 02a3612f62"
        ),
        .init(
            testDescription: "a lock, with octets that are no text and the largest flags",
            command: .kv(
                KVOperation(.lock, "k", value: [0, 0xff], flags: .max, session: session)
            ),
            hex: """
                82000106 85 0106 02a16b 03c40200ff 04cfffffffffffffffff 05d92431313131313131312d32323\
                2322d333333332d343434342d353535353535353535353535
                """
        ),
        .init(
            testDescription: "a check-and-set",
            command: .kv(KVOperation(.cas, "k", value: [0x76], index: RaftIndex(rawValue: 300))),
            hex: "82000106 84 0105 02a16b 03c40176 06cd012c"
        ),
        .init(
            testDescription: "a session ends",
            command: .session(.destroy(id: session)),
            hex: """
                82000107 82 0102 02 81 01d92431313131313131312d323232322d333333332d343434342d35353535\
                3535353535353535
                """
        ),
        .init(
            testDescription: "a session with everything",
            command: .session(
                SessionChange(
                    .create,
                    SessionRow(
                        id: session,
                        name: "n",
                        node: "n1",
                        behavior: .delete,
                        ttl: "15.0s",
                        nodeChecks: ["serfHealth"],
                        serviceChecks: [SessionServiceCheck(id: "c", namespace: "ns")]
                    )
                )
            ),
            hex: """
                82000107 82 0101 02 89 01d92431313131313131312d323232322d333333332d343434342d35353535\
                3535353535353535 02a16e 03a26e31 04cf000000037e11d600 05c3 06a531352e3073 0791aa73657\
                2664865616c7468 08c3 0991 82 01a163 02a26e73
                """
        ),
        .init(
            testDescription: "a session whose list of checks is empty, not absent",
            command: .session(
                SessionChange(
                    .create,
                    SessionRow(id: session, node: "n1", lockDelay: .zero, serviceChecks: [])
                )
            ),
            hex: """
                82000107 82 0101 02 83 01d92431313131313131312d323232322d333333332d343434342d35353535\
                3535353535353535 03a26e31 08c3
                """
        ),
        .init(
            testDescription: "a transaction on a key, a node, a service and a check",
            command: .transaction(
                Transaction([
                    .kv(KVOperation(.deleteTree, "t/")),
                    .node(.set, NodeRow(name: "n1", address: "10.0.0.1")),
                    .service(
                        .cas,
                        ServiceRow(
                            node: "n1",
                            id: "w",
                            name: "web",
                            port: 80,
                            modifyIndex: RaftIndex(rawValue: 7)
                        )
                    ),
                    .check(
                        .delete,
                        CheckRow(node: "n1", id: "c", name: "", status: CheckStatus(rawValue: ""))
                    ),
                ])
            ),
            hex: """
                82000108 81 01 94 81 02 82 0103 02a2742f 82 0102 03 82 01a26e31 03a831302e302e302e31 \
                82 0103 04 85 01a26e31 02a177 03a3776562 0950 1f07 82 0104 05 82 01a26e31 02a163
                """
        ),
        .init(
            testDescription: "a transaction without operations",
            command: .transaction(Transaction([])),
            hex: "82000108 80"
        ),
    ]
}
