// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import TestSupport
import Testing

@Suite("The gRPC health protocol")
struct GRPCHealthTests {
    func reply(
        _ headers: [(String, String)],
        _ body: [UInt8] = []
    ) -> GRPCReply {
        var reply = GRPCReply()
        for (name, value) in headers { reply.take(name: name, value: value) }
        for octet in body { reply.take([octet]) }
        return reply
    }

    static let head = [(":status", "200"), ("content-type", "application/grpc+proto")]

    func answer(_ body: [UInt8]) -> CheckResult {
        reply(Self.head + [("grpc-status", "0")], body).result(target: "h:1/web")
    }

    @Test("a request is a prefix of five octets and the name, if there is one")
    func requests() {
        #expect(GRPCHealth.request(service: "") == [0, 0, 0, 0, 0])
        #expect(GRPCHealth.request(service: "web") == [0, 0, 0, 0, 5, 0x0a, 3] + "web".utf8)
        let long = String(repeating: "x", count: 300)
        let octets = GRPCHealth.request(service: long)
        #expect(octets.prefix(8) == [0, 0, 0, 1, 0x2f, 0x0a, 0xac, 0x02])
        #expect(octets.count == 308)
    }

    @Test("a timeout has at most eight digits and its unit")
    func timeouts() {
        #expect(GRPCHealth.timeout(.seconds(10)) == "10000m")
        #expect(GRPCHealth.timeout(.microseconds(1)) == "1m")
        #expect(GRPCHealth.timeout(.seconds(200_000)) == "200000S")
        #expect(GRPCHealth.timeout(.seconds(1_000_000_000)) == "99999999S")
    }

    @Test(
        "only SERVING passes",
        arguments: [
            ([0x08, 1], CheckResult(.passing, output: "gRPC check h:1/web: success")),
            (
                [0x08, 2],
                CheckResult(.critical, output: "gRPC h:1/web serving status: NOT_SERVING")
            ),
            (
                [0x08, 3],
                CheckResult(.critical, output: "gRPC h:1/web serving status: SERVICE_UNKNOWN")
            ),
            ([], CheckResult(.critical, output: "gRPC h:1/web serving status: UNKNOWN")),
            ([0x08, 9], CheckResult(.critical, output: "gRPC h:1/web serving status: 9")),
            // Unknown fields of every wire type before the status.
            (
                [
                    0x10, 0xff, 1, 0x19, 0, 0, 0, 0, 0, 0, 0, 0, 0x22, 2, 7, 7, 0x2d, 0, 0, 0, 0,
                    0x08, 1,
                ],
                CheckResult(.passing, output: "gRPC check h:1/web: success")
            ),
        ] as [([UInt8], CheckResult)]
    )
    func statuses(message: [UInt8], result: CheckResult) {
        #expect(answer([0, 0, 0, 0, UInt8(message.count)] + message) == result)
    }

    @Test(
        "what is no message of the protocol is critical",
        arguments: [
            [], [0, 0, 0], [1, 0, 0, 0, 2, 8, 1], [0, 0, 0, 0, 3, 8, 1], [0, 0, 0, 0, 1, 8],
            [0, 0, 0, 0, 2, 0, 1], [0, 0, 0, 0, 2, 0x0b, 1], [0, 0, 0, 0, 2, 0x0a, 9],
            [0, 255, 255, 255, 255, 8, 1],
            [0, 0, 0, 0, 12, 8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
            [UInt8](repeating: 0, count: 5000),
        ] as [[UInt8]]
    )
    func malformed(body: [UInt8]) {
        let text = "rpc error: code = Internal desc = the reply is no message of grpc.health.v1"
        #expect(answer(body) == CheckResult(.critical, output: text))
    }

    @Test("a server's refusal is told with its code and text")
    func refusals() {
        #expect(
            reply(Self.head + [("grpc-status", "5"), ("grpc-message", "unknown%20service%")])
                .result(target: "h:1").output
                == "rpc error: code = NotFound desc = unknown service%"
        )
        #expect(
            reply(Self.head + [("grpc-status", "77")]).result(target: "h:1").output
                == "rpc error: code = Code(77) desc = "
        )
    }

    @Test(
        "what is no gRPC at all is critical",
        arguments: [
            ([(":status", "404")], "Unimplemented"), ([(":status", "503")], "Unavailable"),
            ([(":status", "401")], "Unauthenticated"), ([(":status", "302")], "Unknown"),
            ([(":status", "200"), ("content-type", "text/html")], "Unknown"), (head, "Internal"),
            ([], "Unknown"),
        ] as [([(String, String)], String)]
    )
    func others(headers: [(String, String)], code: String) {
        let result = reply(headers).result(target: "h:1")
        #expect(result.status == .critical)
        #expect(result.output.hasPrefix("rpc error: code = \(code) desc = "))
    }

    @Test("any octets are taken without harm, in any pieces, and pass only as SERVING")
    func anything() {
        var generator = SplitMix64(seed: 7)
        for _ in 0..<20_000 {
            let count = Int(generator.next() % 12)
            var body: [UInt8] = [0, 0, 0, 0, UInt8(count)]
            // Mostly octets that mean something.
            body += (0..<count).map { _ in
                let number = generator.next()
                return number & 1 == 0
                    ? [0, 1, 2, 8, 10, 13, 0x80, 0xff][Int(number >> 8 & 7)]
                    : UInt8(truncatingIfNeeded: number >> 16)
            }
            let result = answer(body)
            if result.status == .passing { #expect(body.contains(1) || body.contains(0x81)) }
            var output = ContainerOutput(limit: 8)
            let cut = Int(generator.next() % UInt64(body.count + 1))
            output.append(body[..<cut])
            output.append(body[cut...])
            var whole = ContainerOutput(limit: 8)
            whole.append(body)
            #expect(output.tail.octets == whole.tail.octets)
        }
    }
}
