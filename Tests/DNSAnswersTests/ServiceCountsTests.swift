// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Publication
import Testing

@testable import DNSAnswers

@Suite("Counts tell the same whichever way they came about")
struct ServiceCountsTests {
    @Test("fingerprints are counted by lane as dictionaries count them", arguments: 1...4)
    func fingerprints(seed: Int) {
        var generator = Generator(seed: UInt64(seed))
        var counts = FingerprintCounts()
        let lanes: [(FingerprintCounts.Lanes, [UInt64])] = [
            (.first, [0]), (.second, [1]), (.firstTwo, [0, 1]), (.all, [0, 1, 2]),
        ]
        var model: [UInt64: [Int]] = [:]
        var counted: [(key: UInt64, lanes: Int)] = []
        for step in 0..<8000 {
            // Growing, then shrinking to nothing; few keys, whose homes are close together.
            let isGrowing = step < 4000 ? generator.below(100) < 70 : generator.below(100) < 25
            if isGrowing || counted.isEmpty {
                let key = UInt64(generator.below(700 * seed)) << 1 | 1
                let some = generator.below(4)
                let before = counts.add(key, lanes[some].0)
                let expected = model[key, default: [0, 0, 0]]
                for lane in lanes[some].1 { model[key, default: [0, 0, 0]][Int(lane)] += 1 }
                #expect((0..<3).map { before.inLane($0) } == expected)
                counted.append((key, some))
            } else {
                let (key, some) = counted.remove(at: generator.below(counted.count))
                for lane in lanes[some].1 { model[key]?[Int(lane)] -= 1 }
                let after = counts.remove(key, lanes[some].0)
                #expect((0..<3).map { after.inLane($0) } == model[key])
            }
        }
        for (key, some) in counted { _ = counts.remove(key, lanes[some].0) }
        #expect(counts.size == FingerprintCounts().size)
    }

    private static func image(
        _ generator: inout Generator,
        seed: UInt64
    ) -> (
        InstanceImage, InstanceTraits
    ) {
        let node = UInt32(generator.below(6))
        let port = UInt16(80 + generator.below(3))
        let weight = UInt16(1 + generator.below(3))
        let address: IPAddress? =
            switch generator.below(4) {
            case 0: IPAddress(text: "10.0.0.\(generator.below(4))")
            case 1: IPAddress(text: "2001:db8::\(generator.below(4))")
            default: nil
            }
        var image = InstanceImage(
            at: address ?? .v4(IPv4Address(bits: 0x0a00_0000 + node)),
            node,
            port: port,
            weight: weight
        )
        if address == nil {
            // At its node's address, of which one node's is the other family's.
            let flags: InstanceRecord.Flags = .hasV4
            image.second = UInt64(node) | UInt64(flags.rawValue) << 32
        }
        let own = address == nil ? "" : "\(generator.below(2)) \(image.first)"
        let (location, isRecord) = ServiceCounts.fingerprint(
            location: image,
            ownAddress: own,
            seed
        )
        var flags: InstanceTraits.Flags = isRecord ? .isRecordLocation : []
        if generator.below(5) == 0 { flags.insert(.hasPriority) }
        if generator.below(5) == 0 { flags.insert(.hasTexts) }
        if generator.below(9) == 0 { flags.insert(.hasSlowName) }
        return (
            image,
            InstanceTraits(location: location, width: 20 + generator.below(4), flags: flags)
        )
    }

    @Test("a replacement counts as one out and one in", arguments: 1...8)
    func replacements(seed: Int) throws {
        var generator = Generator(seed: UInt64(seed))
        var settings = DNSSettings(
            domain: try DomainName(text: "consul."),
            datacenter: "dc1",
            nodeName: "a"
        )
        settings.weightsAddresses = true
        let rules = ViewRules(settings)
        var replaced = ServiceCounts(seed: 9, countsWeights: true)
        var instances = (0..<(2 + seed)).map { _ in Self.image(&generator, seed: 9) }
        for (image, traits) in instances { replaced.add(image, traits) }
        for _ in 0..<400 {
            let place = generator.below(instances.count)
            let (old, oldTraits) = instances[place]
            var (new, newTraits) = Self.image(&generator, seed: 9)
            // Often only a part is another.
            switch generator.below(4) {
            case 0: newTraits = oldTraits
            case 1: new = old
            default: break
            }
            if newTraits.flags.contains(.isRecordLocation) != !new.flags.contains(.targetIsAddress)
            {
                (new, newTraits) = (old, oldTraits)
            }
            replaced.replace(old, oldTraits, by: new, newTraits)
            instances[place] = (new, newTraits)
            var fresh = ServiceCounts(seed: 9, countsWeights: true)
            for (image, traits) in instances { fresh.add(image, traits) }
            #expect(replaced.flags(domainLength: 8) == fresh.flags(domainLength: 8))
            #expect(replaced.widest == fresh.widest)
            #expect(replaced.count == fresh.count)
            #expect(replaced.areForReference(rules) == fresh.areForReference(rules))
        }
        for (image, traits) in instances { replaced.remove(image, traits) }
        #expect(replaced.flags(domainLength: 8) == [])
        #expect(replaced.size == ServiceCounts(seed: 9, countsWeights: true).size)
    }
}
