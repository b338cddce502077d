// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import DNSZones

/// The agents of spec 7.1 that one responder can be.
enum CaseConfiguration {
    /// Catalog and settings of a configuration; `nil` for one that needs more than a responder.
    static func snapshot(_ name: String) throws -> DNSSnapshot? {
        guard let settings = try settings(name) else { return nil }
        let store =
            name == "C16"
            ? CatalogueK.make(ownNode: "agent_1", entries: []) : CatalogueK.store
        return DNSSnapshot(store: store, zones: ZoneSet(), settings: settings)
    }

    /// The settings of a configuration, beginning with the defaults.
    static func settings(_ name: String) throws -> DNSSettings? {
        var settings = DNSSettings(
            domain: try DomainName(text: "consul."),
            datacenter: "dc1",
            nodeName: name == "C16" ? "agent_1" : "agent1"
        )
        switch name {
        // C15 is C0 after a reload of what cannot be reloaded.
        case "C0", "C15", "C16": break
        case "C1":
            settings.nodeTTL = 11
            settings.serviceTTLs = ["*": 5, "web": 30, "db*": 10, "db-m*": 7, "db-master": 3]
        case "C2": settings.onlyPassing = true
        case "C3": settings.enableTruncate = true
        case "C4a":
            settings.enableTruncate = true
            settings.udpAnswerLimit = 0
        case "C4b":
            settings.enableTruncate = true
            settings.udpAnswerLimit = 100
        case "C5":
            settings.enableTruncate = true
            settings.aRecordLimit = 2
        case "C6": settings.disableCompression = true
        case "C3+C6":
            settings.enableTruncate = true
            settings.disableCompression = true
        case "C7": settings.additionalNodeMetaTXT = false
        case "C8":
            settings.soaMinimumTTL = 60
            settings.soaRefresh = 1
            settings.soaRetry = 2
            settings.soaExpire = 3
        // C13 is C9 after its recursors are gone.
        case "C9", "C13":
            settings.hasRecursors = name == "C9"
            settings.nodeTTL = 11
            settings.serviceTTLs = ["*": 5]
        case "C10": settings.alternateDomain = try DomainName(text: "alt.zone.")
        default: return nil
        }
        return settings
    }
}

/// The answer sections of R1 and R2 (spec 7.1).
enum CannedRecursors {
    /// The chain that comes back; there is no AAAA.
    static func answer(to question: ChaseQuestion) throws -> [ResourceRecord] {
        let name = question.name
        func addresses(_ owner: DomainName, _ range: ClosedRange<UInt8>) -> [ResourceRecord] {
            guard question.type == .a else { return [] }
            return range.map {
                ResourceRecord(name: owner, ttl: 300, data: .a(.init(192, 0, 2, $0)))
            }
        }
        switch name.labels.first.map({ String(decoding: $0, as: UTF8.self) }) {
        case "www":
            let real = try DomainName(text: "real.example.net")
            return [ResourceRecord(name: name, ttl: 300, data: .cname(real))]
                + addresses(real, 10...10)
        case "ten": return addresses(name, 100...109)
        case "nx", "sf": return []
        default: return addresses(name, 1...1)
        }
    }
}
