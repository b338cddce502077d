// SPDX-License-Identifier: Apache-2.0
// A bare Hummingbird route: any path is answered with a constant body, and the usual headers of such a reply.
// It is the floor for what our API can do on the same library.
//
// usage: bench-route PORT OCTETS
import Hummingbird
import Logging
import NIOCore
import NIOPosix

guard CommandLine.arguments.count == 3, let port = Int(CommandLine.arguments[1]),
    let size = Int(CommandLine.arguments[2])
else { fatalError("usage: bench-route PORT OCTETS") }
let body = ByteBuffer(repeating: UInt8(ascii: "x"), count: size)
let router = Router()
router.get("**") { _, _ in
    Response(
        status: .ok,
        headers: [.contentType: "application/json"],
        body: .init(byteBuffer: body)
    )
}
var logger = Logger(label: "bench-route")
logger.logLevel = .warning
let application = Application(
    router: router,
    configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: port)),
    eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
    logger: logger
)
try await application.runService()
