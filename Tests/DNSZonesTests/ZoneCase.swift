// SPDX-License-Identifier: Apache-2.0

import DNSWire
import DNSZones
import Testing
import ZoneFiles

/// A question to a zone and the sections of its answer, in presentation form.
struct ZoneCase: Sendable, CustomTestStringConvertible {
    var name: String
    var type: RecordType
    var outcome: ZoneAnswer.Outcome
    var isAuthoritative = true
    var answer: [String] = []
    var authority: [String] = []
    var additional: [String] = []
    var continuation: String?
    /// Where the rule stands.
    var source: String

    var testDescription: String { "\(name) \(type) (\(source))" }

    func check(in zone: Zone, location: SourceLocation = #_sourceLocation) throws {
        let result = zone.search(try DomainName(text: name), type)
        expect(result, location)
    }

    func check(in zones: ZoneSet, location: SourceLocation = #_sourceLocation) throws {
        let result = try #require(zones.search(try DomainName(text: name), type))
        expect(result, location)
    }

    private func expect(_ result: ZoneAnswer, _ location: SourceLocation) {
        #expect(result.outcome == outcome, sourceLocation: location)
        #expect(result.isAuthoritative == isAuthoritative, sourceLocation: location)
        #expect(result.answers.map(text) == answer, sourceLocation: location)
        #expect(result.authorities.map(text) == authority, sourceLocation: location)
        #expect(result.additionals.map(text) == additional, sourceLocation: location)
        #expect(result.continuation?.description == continuation, sourceLocation: location)
        let code: ResponseCode = outcome == .nameError ? .nameError : .noError
        #expect(result.responseCode == code, sourceLocation: location)
    }

    private func text(_ record: ResourceRecord) -> String {
        ZonePrinter.print(record).split(separator: "\t").joined(separator: " ")
    }
}

/// A zone of master-file text, its origin given.
func zone(_ origin: String, _ text: String) throws -> Zone {
    try ZoneFileParser.parse(
        text: text,
        path: "test.zone",
        defaultOrigin: try DomainName(text: origin)
    )
}
