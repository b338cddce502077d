// SPDX-License-Identifier: Apache-2.0
import Logging
import NIOPosix
import Synchronization
import Testing
import WatchPlans

@testable import Watches

/// Keeps the lines that are logged.
final class LogSink: Sendable {
    private let kept = Mutex<[String]>([])

    /// The lines: level, message, and the `output` or `error` that it has.
    var lines: [String] { kept.withLock { $0 } }

    /// A logger that writes here.
    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(sink: self) }
        logger.logLevel = .trace
        return logger
    }

    private struct Handler: LogHandler {
        let sink: LogSink
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let detail = event.metadata?["error"] ?? event.metadata?["output"] ?? ""
            sink.kept.withLock { $0.append("\(event.level) \(event.message): \(detail)") }
        }
    }
}

@Suite("Scripts of watches", .timeLimit(.minutes(1)))
struct ScriptHandlerTests {
    private func run(_ words: [String], json: [UInt8] = Array("[1]".utf8)) async -> [String] {
        let sink = LogSink()
        let handler = ScriptHandler(
            words: words,
            type: "nodes",
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: sink.logger
        )
        await handler.handle(WatchResult(position: .index(7), json: json))
        return sink.lines
    }

    @Test("a script reads JSON and the index; what it prints is logged")
    func output() async {
        #expect(
            await run(["sh", "-c", "cat; echo $CONSUL_INDEX; test -n \"$PATH\" && echo more >&2"])
                == ["debug watch handler output: [1]\n7\nmore\n"]
        )
        #expect(await run(["true"]).isEmpty)
    }

    @Test("a script need not read what it is told, however long that is")
    func unread() async {
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: 300_000)
        #expect(await run(["true"], json: long).isEmpty)
        #expect(
            await run(["wc", "-c"], json: long) == ["debug watch handler output: 300001\n"]
        )
    }

    @Test("only the last 4 KiB are logged")
    func longOutput() async {
        let lines = await run(["sh", "-c", "head -c 10000 /dev/zero | tr '\\0' x; echo end"])
        #expect(lines.count == 1)
        #expect(
            lines[0].hasPrefix("debug watch handler output: Captured 4096 of 10004 bytes\n...\n")
        )
        #expect(lines[0].hasSuffix("xend\n"))
    }

    @Test("what fails is said")
    func failures() async {
        #expect(
            await run(["sh", "-c", "exit 3"])
                == ["error Failed to run watch handler: exit status 3"]
        )
        #expect(
            await run(["sh", "-c", "kill -9 $$"])
                == ["error Failed to run watch handler: killed by a signal"]
        )
        #expect(
            await run(["/no/such"])
                == [
                    "error Failed to run watch handler: "
                        + "fork/exec /no/such: no such file or directory"
                ]
        )
    }
}
