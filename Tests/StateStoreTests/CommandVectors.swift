// SPDX-License-Identifier: Apache-2.0
import StateStore

/// Frozen encodings of the commands for prepared queries, config entries and coordinates.
enum CommandVectors {
    static let queriesAndConfiguration: [CommandCodingTests.Vector] = queries + configuration

    private static let queries: [CommandCodingTests.Vector] = [
        .init(
            testDescription: "a query goes",
            command: .preparedQuery(
                PreparedQueryChange(
                    .delete,
                    PreparedQueryRow(id: "q", service: ServiceQuery(service: ""))
                )
            ),
            hex: "82000103820103028201a1710680"
        ),
        .init(
            testDescription: "a query with everything",
            command: .preparedQuery(
                PreparedQueryChange(
                    .update,
                    PreparedQueryRow(
                        id: "q",
                        name: "n",
                        session: "s",
                        token: "t",
                        template: QueryTemplateOptions(
                            type: "name_prefix_match",
                            regexp: "^(.*)$",
                            removeEmptyTags: true
                        ),
                        service: ServiceQuery(
                            service: "web",
                            failover: QueryFailover(
                                nearestN: 2,
                                datacenters: ["dc2"],
                                targets: [.init(datacenter: "dc3"), .init(peer: "p")]
                            ),
                            onlyPassing: true,
                            ignoreCheckIDs: ["c"],
                            near: "_agent",
                            tags: ["a", "!b"],
                            nodeMeta: ["k": "v"],
                            serviceMeta: [:],
                            connect: true,
                            peer: "p"
                        ),
                        dnsTTL: "10s"
                    )
                )
            ),
            hex: """
                82000103820102028701a17102a16e03a17304a174058301b16e616d655f7072656669785f6d617463\
                6802a65e282e2a292403c3068a01a3776562028301020291a364633203928101a36463338102a17003\
                c30491a16305a65f6167656e740692a161a221620781a16ba176088009c30aa17007a3313073
                """
        ),
    ]

    private static let configuration: [CommandCodingTests.Vector] = [
        .init(
            testDescription: "a config entry goes, at an index",
            command: .configEntry(
                ConfigEntryChange(
                    ConfigEntryRow(
                        kind: .ingressGateway,
                        name: "igw",
                        contentJSON: "{}",
                        services: ["api", "*"]
                    ),
                    isDeletion: true,
                    expectedIndex: RaftIndex(rawValue: 300)
                )
            ),
            hex: """
                8200010483018401af696e67726573732d6761746577617902a369677703a27b7d0492a3617069a12a\
                02c3038101cd012c
                """
        ),
        .init(
            testDescription: "a config entry that must not exist yet",
            command: .configEntry(
                ConfigEntryChange(
                    ConfigEntryRow(kind: .serviceDefaults, name: "web", contentJSON: "{}"),
                    expectedIndex: .zero
                )
            ),
            hex: """
                8200010482018301b0736572766963652d64656661756c747302a377656203a27b7d0380
                """
        ),
        .init(
            testDescription: "coordinates",
            command: .coordinates([
                CoordinateRow(
                    node: "n1",
                    segment: "s",
                    coordinate: NetworkCoordinate(
                        vector: [0.5, 0],
                        error: 1.5,
                        adjustment: 0,
                        height: 1e-5
                    )
                ),
                CoordinateRow(
                    node: "n2",
                    coordinate: NetworkCoordinate(
                        vector: [0.25],
                        error: 0,
                        adjustment: 0,
                        height: 0
                    )
                ),
            ]),
            hex: """
                820001058101928301a26e3102a17303830192cb3fe0000000000000cb000000000000000002cb3ff8\
                00000000000004cb3ee4f8b588e368f18201a26e3203810191cb3fd0000000000000
                """
        ),
    ]
}
