// SPDX-License-Identifier: Apache-2.0
import DNSTransport
import DNSWire
import Foundation
import Logging
import Testing

@testable import Agent
@testable import AgentConfiguration

@Suite("Lines of the query log")
struct QueryLineTests {
    private func query(_ name: [UInt8], _ address: String = "192.0.2.7") throws -> TappedQuery {
        let client = try #require(IPAddress(text: address))
        var query = TappedQuery(client: client, name: name, type: 28, flags: 0x8583)
        query.time = 1_700_000_000_123_456_789
        query.nanoseconds = 12_345
        query.port = 5353
        query.answers = 2
        query.authorities = 1
        query.replySize = 120
        query.querySize = 44
        return query
    }

    @Test("field by field")
    func text() throws {
        let line = QueryLine(try query(DomainName(text: "Web.service.consul.").wire))
        #expect(
            line.text == "name=Web.service.consul. type=AAAA class=IN client=192.0.2.7 port=5353 "
                + "transport=udp code=NXDOMAIN flags=qr,aa,rd,ra answers=2 authorities=1 additionals=0 "
                + "size=120 query_size=44 us=12.3 source=catalog"
        )
    }

    @Test("the same as JSON")
    func json() throws {
        let line = QueryLine(try query(DomainName(text: "web.consul.").wire, "2001:db8::1")).json
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        )
        #expect(object["name"] as? String == "web.consul.")
        #expect(object["client"] as? String == "2001:db8::1")
        #expect(object["us"] as? Double == 12.3)
        #expect(object["answers"] as? Int == 2)
        #expect((object["time"] as? String)?.contains(".123456") == true)
    }

    @Test("no name makes a line, a field or a command for a terminal")
    func hostile() throws {
        let label = Array("a\n\u{1b}[2J\" code=X".utf8)
        let name = [UInt8(label.count)] + label + [2, 0xff, 0x2e, 0]
        let line = QueryLine(try query(name))
        #expect(line.text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value < 0x7f })
        #expect(line.text.contains("\\010\\027") && !line.text.contains("\" code=X"))
        let object = try JSONSerialization.jsonObject(with: Data(line.json.utf8))
        #expect((object as? [String: Any])?["code"] as? String == "NXDOMAIN")
    }

    @Test("a query without a name has a line all the same")
    func nameless() throws {
        #expect(QueryLine(try query([])).text.hasPrefix("name=- type=- class=- client="))
    }

    @Test("the log goes to its file or to the agent's log, and a wrong path changes nothing")
    func places() throws {
        let folder = NSTemporaryDirectory() + "waypost-queries-\(UUID().uuidString)/"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let tap = LogTap(level: .info, isJSON: false)
        let settings = LogSettings(level: .info, isJSON: false, descriptor: -1)
        settings.open(tap)
        let log = QueryLog(
            logger: Logger(label: "q") { AgentLogHandler(label: $0, settings: settings) }
        )
        var wanted = QueryLogConfiguration()
        let queries = [try query(DomainName(text: "web.consul.").wire)]
        log.write(queries)
        wanted.isEnabled = true
        wanted.path = folder
        try log.update(wanted, LogConfiguration())
        log.write(queries)
        wanted.path = folder + "no/such/"
        #expect(throws: FileProblem.self) { try log.update(wanted, LogConfiguration()) }
        log.write(queries)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        try #require(names.count == 1)
        let text = try String(contentsOfFile: folder + names[0], encoding: .utf8)
        #expect(text.split(separator: "\n").count == 2)
        #expect(text.contains(" name=web.consul. type=AAAA"))
        wanted.path = QueryLogConfiguration.agentLog
        wanted.isJSON = true
        try log.update(wanted, LogConfiguration())
        log.write(queries)
        tap.close()
        #expect(log.lostLines == 0)
    }

    @Test(
        "shares become one in so many",
        arguments: [(1.0, 1), (0.5, 2), (0.01, 100), (0.0, 0), (0.9, 1)]
    )
    func shares(share: Double, gap: Int) {
        var dns = DNSConfiguration()
        dns.queryLog.sampleRate = share
        #expect(QueryTapSettings(dns).logsOneIn == 0)
        dns.queryLog.isEnabled = true
        dns.queryLog.slowerThan = .milliseconds(2)
        let settings = QueryTapSettings(dns)
        #expect(settings.logsOneIn == gap && settings.samples)
        #expect(settings.logsFrom == 2_000_000)
    }
}
