// SPDX-License-Identifier: Apache-2.0
import Definitions
import MessagePack
import StateStore
import Testing

@Suite("Commands in the log")
struct CommandCodingTests {
    struct Vector: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var command: Command
        var hex: String
    }

    private static let proxy = ProxyDefinition(
        destinationServiceName: "web",
        destinationServiceID: "web-1",
        localServiceAddress: "127.0.0.1",
        localServicePort: 80,
        mode: "direct",
        configJSON: "{}",
        upstreamsJSON: "[]",
        meshGatewayMode: "local",
        exposeJSON: "{}"
    )

    /// Frozen: what stands in logs must stay readable.
    ///
    /// A new member gets a new vector.
    static let vectors: [Vector] = [
        Vector(
            testDescription: "a node goes",
            command: .deregister(Deregistration(node: "n1")),
            hex: "820001028101a26e31"
        ),
        Vector(
            testDescription: "an instance goes",
            command: .deregister(Deregistration(node: "n1", serviceID: "web-1")),
            hex: "820001028201a26e3102a57765622d31"
        ),
        Vector(
            testDescription: "a check goes",
            command: .deregister(Deregistration(node: "n1", checkID: "c1")),
            hex: "820001028201a26e3103a26331"
        ),
        Vector(
            testDescription: "a plain node",
            command: .register(Registration(node: NodeRow(name: "n1", address: "127.0.0.1"))),
            hex: "8200010181018201a26e3103a93132372e302e302e31"
        ),
        Vector(
            testDescription: "a node with everything; an empty map is not an absent one",
            command: .register(
                Registration(
                    node: NodeRow(
                        name: "n1",
                        id: "11111111-2222-3333-4444-555555555555",
                        address: "127.0.0.1",
                        taggedAddresses: ["wan": "10.0.0.1", "lan": "127.0.0.1"],
                        meta: [:]
                    ),
                    skipNodeUpdate: true
                )
            ),
            hex: """
                8200010182018501a26e3102d92431313131313131312d323232322d333333332d343434342d35353535\
                353535353535353503a93132372e302e302e310482a36c616ea93132372e302e302e31a377616ea83130\
                2e302e302e31058002c3
                """
        ),
        Vector(
            testDescription: "a service with a check",
            command: .register(
                Registration(
                    node: NodeRow(name: "n1", address: "127.0.0.1"),
                    service: ServiceRow(
                        node: "n1",
                        id: "web-1",
                        name: "web",
                        tags: ["a", "b"],
                        port: 80
                    ),
                    checks: [
                        CheckRow(
                            node: "n1",
                            id: "c1",
                            name: "C 1",
                            status: .passing,
                            serviceID: "web-1"
                        )
                    ]
                )
            ),
            hex: """
                8200010183018201a26e3103a93132372e302e302e31038501a26e3102a57765622d3103a37765620592\
                a161a162095004918501a26e3102a2633103a343203104a770617373696e6707a57765622d31
                """
        ),
        Vector(
            testDescription: "every member there is",
            command: .register(
                Registration(
                    node: NodeRow(name: "n1", address: ""),
                    skipNodeUpdate: true,
                    service: ServiceRow(
                        node: "n1",
                        id: "p",
                        name: "p",
                        kind: "connect-proxy",
                        tags: [],
                        address: "10.1.1.1",
                        taggedAddresses: ["lan": ServiceAddress(address: "10.1.1.1", port: 8080)],
                        meta: ["k": "v"],
                        port: -1,
                        socketPath: "/s",
                        weights: ServiceWeights(passing: 10, warning: 0),
                        enableTagOverride: true,
                        proxy: proxy,
                        connectNative: true
                    ),
                    checks: [
                        CheckRow(
                            node: "n1",
                            id: "c",
                            name: "n",
                            status: .critical,
                            notes: "no",
                            output: "out",
                            serviceID: "p",
                            serviceName: "p",
                            serviceTags: ["t"],
                            type: "ttl",
                            interval: "10s",
                            timeout: "1s",
                            exposedPort: 70000,
                            definitionJSON: "{}"
                        )
                    ]
                )
            ),
            hex: """
                8200010184018101a26e3102c3038d01a26e3102a17003a17004ad636f6e6e6563742d70726f787906a8\
                31302e312e312e310781a36c616e8201a831302e312e312e3102cd1f900881a16ba17609ff0aa22f730b\
                81010a0cc30d8901a377656202a57765622d3103a93132372e302e302e31045005a664697265637406a2\
                7b7d07a25b5d08a56c6f63616c09a27b7d0ec304918e01a26e3102a16303a16e04a8637269746963616c\
                05a26e6f06a36f757407a17008a1700991a1740aa374746c0ba33130730ca231730dce000111700ea27b\
                7d
                """
        ),
        Vector(
            testDescription: "what only a proxy reads",
            command: .register(
                Registration(
                    node: NodeRow(name: "n1", address: ""),
                    service: ServiceRow(
                        node: "n1",
                        id: "p",
                        name: "p",
                        proxy: ProxyDefinition(dataPlaneJSON: "{}")
                    )
                )
            ),
            hex: "8200010182018101a26e31038401a26e3102a17003a1700d810aa27b7d"
        ),
        Vector(
            testDescription: "a node and an instance that say where they are",
            command: .register(
                Registration(
                    node: {
                        var node = NodeRow(name: "n1", address: "127.0.0.1")
                        node.locality = Locality(region: "r", zone: "z")
                        return node
                    }(),
                    service: {
                        var service = ServiceRow(node: "n1", id: "w", name: "w")
                        service.locality = Locality(region: "", zone: "")
                        return service
                    }()
                )
            ),
            hex: """
                8200010182018301a26e3103a93132372e302e302e31068201a17202a17a038401a26e3102a17703a177\
                1080
                """
        ),
    ]

    private static let all =
        vectors + CommandVectors.queriesAndConfiguration + CommandVectors.keysAndSessions
        + CommandVectors.cluster

    @Test("keep their octets:", arguments: all)
    func golden(vector: Vector) throws {
        #expect(vector.command.encoded() == Self.octets(vector.hex))
        #expect(try Command(decoding: Self.octets(vector.hex)) == vector.command)
    }

    @Test("the time of the proposal stands with a command, and older readers go without it")
    func time() throws {
        let command = Command.deregister(Deregistration(node: "n1"))
        let octets = Self.octets("83 0001 02 81 01a26e31 3f cd05dc")
        #expect(command.encoded(at: LogTime(rawValue: 1500)) == octets)
        var time = LogTime.zero
        #expect(try Command(decoding: octets, time: &time) == command)
        #expect(time.rawValue == 1500)
        #expect(try Command(decoding: octets) == command)
        #expect(try Command(decoding: command.encoded(), time: &time) == command)
        #expect(time == .zero)
    }

    @Test("the priority of an instance comes back, 0 too", arguments: [0, 1, 2, 65535])
    func priority(priority: Int) throws {
        let service = ServiceRow(node: "n1", id: "w", name: "w", priority: priority)
        let command = Command.register(
            Registration(node: NodeRow(name: "n1", address: "10.0.0.1"), service: service)
        )
        #expect(try Command(decoding: command.encoded()) == command)
    }

    @Test(
        "a verb that this version does not know is refused, not left out",
        arguments: [
            "82 0001 06 82 010e 02a16b", "82 0001 07 82 0103 02 81 01a178",
            "82 0001 08 81 01 91 81 06 80", "82 0001 08 81 01 91 82 0106 03 80",
        ]
    )
    func unknownVerb(hex: String) {
        #expect(throws: CommandCodingError.self) { try Command(decoding: Self.octets(hex)) }
    }

    @Test("members and texts that a newer version added are ignored, at every level")
    func unknownMembers() throws {
        // {0: 1, 30: [1, {2: 3}], "x": nil, 2: {1: "n1", 77: {1: "?"}}}
        let octets = Self.octets("84 0001 1e 92 01 81 02 03 a178c0 02 82 01a26e31 4d 81 01a13f")
        #expect(try Command(decoding: octets) == .deregister(Deregistration(node: "n1")))
    }

    @Test(
        "what this version cannot apply is refused by name",
        arguments: [
            ("82 0002 01 c0", .unsupportedVersion(2)),
            ("82 0000 02 8101a16e", .unsupportedVersion(0)),
            ("81 02 81 01a26e31", .missingVersion),
            ("82 0001 63 80", .unknownCommand),
            ("80", .missingVersion),
            ("", .malformed(MessagePackError(.truncated, at: 0))),
            ("c0", .malformed(MessagePackError(.unexpected(0xc0), at: 0))),
            ("82 0001 02 81 01 05", .malformed(MessagePackError(.unexpected(5), at: 6))),
            ("82 0001 02 81 01 a16e 00", .malformed(MessagePackError(.trailing, at: 8))),
        ] as [(String, CommandCodingError)]
    )
    func refused(hex: String, error: CommandCodingError) {
        #expect(throws: error) { try Command(decoding: Self.octets(hex)) }
    }

    @Test("every cut and every changed octet gives a command or an error, never more")
    func damaged() {
        for vector in Self.all {
            let whole = Self.octets(vector.hex)
            for count in 0..<whole.count {
                #expect(throws: CommandCodingError.self) {
                    try Command(decoding: Array(whole.prefix(count)))
                }
            }
            for place in whole.indices {
                for octet in [UInt8(0), 0x7f, 0x80, 0xc1, 0xdf, 0xff] {
                    var damaged = whole
                    damaged[place] = octet
                    guard let command = try? Command(decoding: damaged) else { continue }
                    #expect((try? Command(decoding: command.encoded())) == command)
                }
            }
        }
    }

    private static func octets(_ hex: String) -> [UInt8] {
        let digits = hex.compactMap(\.hexDigitValue).map { UInt8($0) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
