// SPDX-License-Identifier: Apache-2.0
import Glibc
import Logging
import Testing

@testable import Agent

@Suite("The log is written and read along")
struct LogTapTests {
    /// A logger whose lines go nowhere else.
    private func logger(_ settings: LogSettings) -> Logger {
        Logger(label: "agent.test") { AgentLogHandler(label: $0, settings: settings) }
    }

    private func settings(_ level: Logger.Level = .info) -> LogSettings {
        LogSettings(level: level, isJSON: false, descriptor: -1)
    }

    @Test("a reader gets its own level and form, whatever is written")
    func levels() async {
        let settings = settings(.error)
        let logger = logger(settings)
        let text = LogTap(level: .debug, isJSON: false)
        let json = LogTap(level: .warning, isJSON: true)
        settings.open(text)
        settings.open(json)
        #expect(settings.lowest == .debug)
        logger.trace("nobody reads this")
        logger.debug("one", metadata: ["a": "b c"])
        logger.warning("two")
        let lines = await text.next()?.split(separator: "\n").map(String.init) ?? []
        #expect(lines.count == 2)
        #expect(lines.first?.hasSuffix("[DEBUG] agent.test: one: a=\"b c\"") == true)
        let objects = await json.next() ?? ""
        #expect(objects.contains("\"@message\":\"two\"") && !objects.contains("one"))
        text.close()
        #expect(settings.lowest == .warning)
        json.close()
        #expect(settings.lowest == .error)
    }

    @Test("a reader who waits gets the next line at once")
    func waiting() async {
        let settings = settings()
        let tap = LogTap(level: .info, isJSON: false)
        settings.open(tap)
        async let next = tap.next()
        logger(settings).info("now")
        #expect(await next?.contains("agent.test: now") == true)
        tap.close()
        #expect(await tap.next() == nil)
    }

    @Test("a slow reader loses lines and is told how many")
    func slow() async {
        let tap = LogTap(level: .info, isJSON: false)
        for number in 0..<(LogTap.capacity + 7) { tap.take("\(number)\n") }
        let text = await tap.next() ?? ""
        #expect(text.split(separator: "\n").count == LogTap.capacity + 1)
        #expect(text.hasSuffix("511\n[WARN] 7 log lines were dropped here\n"))
        tap.take("after\n")
        #expect(await tap.next() == "after\n")
    }

    @Test("a reader who is cancelled is closed")
    func cancelled() async {
        let settings = settings()
        let tap = LogTap(level: .debug, isJSON: false)
        settings.open(tap)
        let reader = Task { await tap.next() }
        reader.cancel()
        #expect(await reader.value == nil)
        #expect(settings.lowest == .info)
    }
}
