// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Foundation
import Glibc
import Logging
import Synchronization
import Testing

@testable import Agent

@Suite("Syslog")
struct SyslogTests {
    /// A datagram socket in the file system, as `/dev/log` is.
    private final class Server: Sendable {
        let path: String
        private let descriptor: Int32

        init(_ path: String = NSTemporaryDirectory() + "wl-\(UUID().uuidString.prefix(8))") throws {
            self.path = path
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            unsafe withUnsafeMutableBytes(of: &address.sun_path) { octets in
                for (at, octet) in path.utf8.enumerated() { unsafe octets[at] = octet }
            }
            let result = unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                    unsafe bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(result == 0)
        }

        deinit {
            close(descriptor)
            unsafe unlink(path)
        }

        /// What came, or nil when nothing did.
        func receive() -> String? {
            var buffer = [UInt8](repeating: 0, count: 16384)
            let count = unsafe recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
        }
    }

    private func logger(_ output: SyslogOutput, isJSON: Bool = false) -> Logger {
        let settings = LogSettings(
            level: .trace,
            isJSON: isJSON,
            descriptor: -1,
            outputs: [output]
        )
        return Logger(label: "agent.dns") { AgentLogHandler(label: $0, settings: settings) }
    }

    @Test(
        "a line is one datagram with priority, time and tag, and without time and level of its own"
    )
    func datagram() throws {
        let server = try Server()
        let output = SyslogOutput(.local3, isJSON: false, tag: "waypost[7]", paths: [server.path])
        #expect(output.isConnected)
        logger(output).warning("lost\nway", metadata: ["to": "a b"])
        let line = try #require(server.receive())
        // local3 is 19, warning is 4.
        let form =
            /<156>[A-Z][a-z]{2} [ 1-3]\d \d\d:\d\d:\d\d waypost\[7\]: agent\.dns: lost\\nway: to="a b"/
        #expect(line.wholeMatch(of: form) != nil, "\(line)")
        #expect(server.receive() == nil)
    }

    @Test(
        "levels become severities as Consul's",
        arguments: [
            (Logger.Level.trace, 7), (.debug, 6), (.info, 5), (.warning, 4), (.error, 3),
        ]
    )
    func severities(level: Logger.Level, severity: Int) throws {
        let server = try Server()
        let output = SyslogOutput(.daemon, isJSON: true, paths: [server.path])
        logger(output, isJSON: true).log(level: level, "x")
        let line = try #require(server.receive())
        #expect(line.hasPrefix("<\(3 * 8 + severity)>"))
        #expect(line.contains("]: {\"@level\":") && line.hasSuffix("}"))
    }

    @Test("the day is padded, and a long line is cut between characters")
    func form() {
        let short = SyslogOutput.datagram(
            "hello\n",
            priority: 133,
            time: "2026-01-02T15:04:05.123+0000",
            tag: "w"
        )
        #expect(String(decoding: short, as: UTF8.self) == "<133>Jan  2 15:04:05 w: hello")
        let long = SyslogOutput.datagram(
            String(repeating: "ä", count: 8000),
            priority: 1,
            time: "2026-12-31T15:04:05",
            tag: "w"
        )
        #expect(long.count <= SyslogOutput.maximumOctets)
        #expect(long.count > SyslogOutput.maximumOctets - 3)
        #expect(!String(decoding: long, as: UTF8.self).unicodeScalars.contains("\u{fffd}"))
    }

    @Test("a syslog that is not there loses lines, which are counted, and is found when it comes")
    func absent() throws {
        let path = NSTemporaryDirectory() + "wl-\(UUID().uuidString.prefix(8))"
        let now = Atomic<UInt64>(1_000_000_000)
        let output = SyslogOutput(
            .user,
            isJSON: false,
            paths: ["/nowhere/log", path],
            clock: { now.load(ordering: .relaxed) }
        )
        let logger = logger(output)
        #expect(!output.isConnected)
        logger.info("one")
        var server: Server? = try Server(path)
        logger.info("two")
        #expect(output.lostLines == 2)
        now.store(2_000_000_000, ordering: .relaxed)
        logger.info("three")
        #expect(server?.receive()?.hasSuffix("three") == true)
        server = nil
        logger.info("four")
        #expect(output.lostLines == 3 && !output.isConnected)
    }
}
