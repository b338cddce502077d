// SPDX-License-Identifier: Apache-2.0

internal import DNSWire
internal import DNSZones
internal import Property
internal import ZoneFiles

/// Any text: parsing ends with a zone, or with an error that names file and line; what a zone
/// prints reads back as the same zone; every name of it, and names beside them, are answered.
@c(LLVMFuzzerTestOneInput)
public func fuzzZoneFile(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let octets = unsafe Property.octets(start, count)
    let origin = try? DomainName(text: "example.test")
    do throws(ZoneFileError) {
        let zone = try ZoneFileParser.parse(bytes: octets, path: "f.zone", defaultOrigin: origin)
        check(zone)
    } catch {
        Property.holds(error.location.path == "f.zone" && !error.message.isEmpty, "\(error)")
        let lines = octets.split(separator: 10, omittingEmptySubsequences: false).count
        Property.holds((1...lines).contains(error.location.line ?? 1), "\(error)")
    }
    return 0
}

private func check(_ zone: Zone) {
    let text = zone.records.map { ZonePrinter.print($0) + "\n" }.joined()
    do throws(ZoneFileError) {
        let again = try ZoneFileParser.parse(text: text, path: "g.zone", defaultOrigin: nil)
        Property.holds(Set(again.records) == Set(zone.records), "read back: \(text)")
    } catch {
        // libldns cannot read names that begin with the label "@", nor text that its escapes make
        // longer than its buffer.
        Property.holds(
            error.message.contains("label \"@\"") || error.code == .tooLarge,
            "\(error)\n\(text)"
        )
        return
    }
    for record in zone.records {
        for type in [record.type, .any, .ds, RecordType(rawValue: 65_280)] {
            check(zone.search(record.name, type), record.name, zone)
        }
        if let beside = try? record.name.prepending(label: [120]) {
            check(zone.search(beside, .a), beside, zone)
        }
        if let parent = record.name.parent { check(zone.search(parent, record.type), parent, zone) }
    }
}

private func check(_ answer: ZoneAnswer, _ name: DomainName, _ zone: Zone) {
    let isInside = name.isSubdomain(of: zone.apex)
    Property.holds(isInside || answer.continuation == name, "outside: \(name)")
    guard isInside else { return }
    Property.holds(answer.answers.first.map { $0.name == name } ?? true, "owner of \(name)")
    switch answer.outcome {
    case .noData, .nameError:
        Property.holds(answer.authorities.map(\.type) == [.soa], "SOA for \(name)")
        Property.holds(answer.answers.allSatisfy { $0.type == .cname }, "answers for \(name)")
    case .delegation:
        Property.holds(answer.authorities.allSatisfy { $0.type == .ns }, "NS for \(name)")
        Property.holds(!answer.authorities.isEmpty, "no NS for \(name)")
        Property.holds(answer.isAuthoritative == !answer.answers.isEmpty, "AA for \(name)")
    case .records:
        Property.holds(!answer.answers.isEmpty, "no records for \(name)")
    }
}
