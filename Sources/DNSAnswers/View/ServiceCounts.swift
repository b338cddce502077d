// SPDX-License-Identifier: Apache-2.0
import Publication

/// Counts of what the instances of a service are and share: whatever the flags of its entry say can
/// be told from these, so that one instance may change without a look at the others.
///
/// How often an address, a node or a location occurs is counted by fingerprint
/// (``FingerprintCounts``): flags are exact but for two values with one fingerprint, which can only
/// set a flag that need not be. Such a flag costs speed, the answers are the same.
struct ServiceCounts: ~Copyable {
    /// The most instances that can be counted.
    static let maximum = FingerprintCounts.maximum

    private(set) var count = 0
    private var occurrences = FingerprintCounts()
    private var withV4 = 0
    private var withV6 = 0
    private var anyV6 = 0
    private var withBoth = 0
    // How many instances are not the first with theirs.
    private var repeatedV4 = 0
    private var repeatedV6 = 0
    private var repeatedAny = 0
    private var repeatedTargets = 0
    private var repeatedNodes = 0
    private var repeatedLocations = 0
    private var repeatedRecords = 0
    /// How many nodes are SRV targets and hosts of other targets.
    private var mixedNodes = 0
    private var weights = 0
    private var withPriority = 0
    private var withTexts = 0
    private var withSlowNames = 0
    /// How many instances have an SRV target of so many octets.
    private var widths = [UInt32](repeating: 0, count: 256)
    /// The octets of the longest SRV target.
    private(set) var widest = 0
    private let seed: UInt64
    private let countsWeights: Bool

    /// - Parameters:
    ///   - seed: what makes fingerprints unpredictable.
    ///   - countsWeights: whether it matters that weights differ.
    init(seed: UInt64, countsWeights: Bool) {
        self.seed = seed
        self.countsWeights = countsWeights
    }

    /// The octets of its memory beside its own fields.
    var size: Int { occurrences.size + 1024 }

    /// Forgets everything.
    mutating func removeAll() {
        occurrences.removeAll()
        count = 0
        (withV4, withV6, anyV6, withBoth) = (0, 0, 0, 0)
        (repeatedV4, repeatedV6, repeatedAny, repeatedTargets) = (0, 0, 0, 0)
        (repeatedNodes, repeatedLocations, repeatedRecords, mixedNodes) = (0, 0, 0, 0)
        (weights, withPriority, withTexts, withSlowNames) = (0, 0, 0, 0)
        for width in 0...widest { widths[width] = 0 }
        widest = 0
    }

    /// Counts an instance in.
    mutating func add(_ image: InstanceImage, _ traits: InstanceTraits) {
        count += 1
        stepFlags(image, traits, by: 1)
        stepWidth(traits.width, by: 1)
        stepAddresses(image, by: 1)
        stepNode(image, by: 1)
        stepLocation(image, traits, by: 1)
        if countsWeights { stepWeight(image, by: 1) }
    }

    /// Counts an instance out that was counted in so.
    mutating func remove(_ image: InstanceImage, _ traits: InstanceTraits) {
        count -= 1
        stepFlags(image, traits, by: -1)
        stepWidth(traits.width, by: -1)
        stepAddresses(image, by: -1)
        stepNode(image, by: -1)
        stepLocation(image, traits, by: -1)
        if countsWeights { stepWeight(image, by: -1) }
    }

    /// Counts an instance out that was counted in so, and in as what it is now: only what differs.
    mutating func replace(
        _ old: InstanceImage,
        _ oldTraits: InstanceTraits,
        by new: InstanceImage,
        _ newTraits: InstanceTraits
    ) {
        if old.flags != new.flags || oldTraits.flags != newTraits.flags {
            stepFlags(old, oldTraits, by: -1)
            stepFlags(new, newTraits, by: 1)
        }
        if oldTraits.width != newTraits.width {
            stepWidth(oldTraits.width, by: -1)
            stepWidth(newTraits.width, by: 1)
        }
        let hasSameAddresses =
            old.flags == new.flags && old.wireV4 == new.wireV4 && old.wireV6 == new.wireV6
        if !hasSameAddresses {
            stepAddresses(old, by: -1)
            stepAddresses(new, by: 1)
        }
        if old.node != new.node || old.flags != new.flags {
            stepNode(old, by: -1)
            stepNode(new, by: 1)
        }
        if !hasSameAddresses || old.nodeAndPort != new.nodeAndPort
            || oldTraits.location != newTraits.location
        {
            stepLocation(old, oldTraits, by: -1)
            stepLocation(new, newTraits, by: 1)
        }
        if countsWeights, old.wireWeight != new.wireWeight {
            stepWeight(old, by: -1)
            stepWeight(new, by: 1)
        }
    }

    private mutating func stepFlags(
        _ image: InstanceImage,
        _ traits: InstanceTraits,
        by one: Int
    ) {
        let flags = image.flags
        if flags.contains(.hasV4) { withV4 += one }
        if flags.contains(.hasV6) { withV6 += one }
        if flags.contains(.anyIsV6) { anyV6 += one }
        if flags.isSuperset(of: [.hasV4, .hasV6]) { withBoth += one }
        if traits.flags.contains(.hasPriority) { withPriority += one }
        if traits.flags.contains(.hasTexts) { withTexts += one }
        if traits.flags.contains(.hasSlowName) { withSlowNames += one }
    }

    private mutating func stepWidth(_ width: Int, by one: Int) {
        if one > 0 {
            widths[width] += 1
            widest = max(widest, width)
        } else {
            widths[width] -= 1
            while widest > 0, widths[widest] == 0 { widest -= 1 }
        }
    }

    private mutating func stepAddresses(_ image: InstanceImage, by one: Int) {
        let flags = image.flags
        let isTarget = flags.contains(.targetIsAddress)
        if flags.contains(.hasV4) {
            let isAny = !flags.contains(.anyIsV6)
            let key = Self.fingerprint(v4: image, seed)
            if stepAddress(key, isAny: isAny, isTarget: isTarget, by: one) { repeatedV4 += one }
        }
        if flags.contains(.hasV6) {
            let isAny = flags.contains(.anyIsV6)
            let key = Self.fingerprint(v6: image, seed)
            if stepAddress(key, isAny: isAny, isTarget: isTarget, by: one) { repeatedV6 += one }
        }
    }

    /// Counts an address: in lane 0 always, in lane 1 where it answers ANY, in lane 2 where it is a
    /// target too; returns whether others have it.
    private mutating func stepAddress(
        _ key: UInt64,
        isAny: Bool,
        isTarget: Bool,
        by one: Int
    ) -> Bool {
        let lanes: FingerprintCounts.Lanes = isAny ? (isTarget ? .all : .firstTwo) : .first
        let others = occurrences.step(key, lanes, by: one)
        if isAny {
            if others.inLane(1) > 0 { repeatedAny += one }
            if isTarget, others.inLane(2) > 0 { repeatedTargets += one }
        }
        return others.inLane(0) > 0
    }

    private mutating func stepNode(_ image: InstanceImage, by one: Int) {
        var fingerprint = Fingerprint(.node, seed: seed)
        fingerprint.add(UInt64(image.node))
        // Lane 1: those whose target is not the node.
        let isAddress = image.flags.contains(.targetIsAddress)
        let others = occurrences.step(
            fingerprint.value(),
            isAddress ? .firstTwo : .first,
            by: one
        )
        let (all, addresses) = (others.inLane(0), others.inLane(1))
        if all > 0 { repeatedNodes += one }
        // A node is mixed that is the target of some instances on it, and not of others.
        let isMixedWithout = addresses > 0 && addresses < all
        let addressesWith = isAddress ? addresses + 1 : addresses
        let isMixedWith = addressesWith > 0 && addressesWith < all + 1
        if isMixedWith != isMixedWithout { mixedNodes += isMixedWith ? one : -one }
    }

    private mutating func stepLocation(
        _ image: InstanceImage,
        _ traits: InstanceTraits,
        by one: Int
    ) {
        if traits.flags.contains(.isRecordLocation) {
            let others = occurrences.step(traits.location, .firstTwo, by: one)
            if others.inLane(0) > 0 { repeatedLocations += one }
            if others.inLane(1) > 0 { repeatedRecords += one }
            return
        }
        if occurrences.step(traits.location, .first, by: one).inLane(0) > 0 {
            repeatedLocations += one
        }
        let record = Self.fingerprint(record: image, seed) & InstanceTraits.locationBits
        if occurrences.step(record, .second, by: one).inLane(1) > 0 { repeatedRecords += one }
    }

    private mutating func stepWeight(_ image: InstanceImage, by one: Int) {
        var fingerprint = Fingerprint(.weight, seed: seed)
        fingerprint.add(UInt64(image.wireWeight))
        // Other than above, the first counts.
        if occurrences.step(fingerprint.value(), .first, by: one).inLane(0) == 0 { weights += one }
    }
}

extension ServiceCounts {
    /// The flags of an entry with these instances; `domainLength` is that of the longest domain.
    func flags(domainLength: Int) -> ServiceEntry.Flags {
        var flags: ServiceEntry.Flags = []
        if withV4 > 0 { flags.insert(.someV4) }
        if withV4 < count { flags.insert(.someWithoutV4) }
        if repeatedV4 > 0 { flags.insert(.repeatsV4) }
        if withV6 > 0 { flags.insert(.someV6) }
        if withV6 < count { flags.insert(.someWithoutV6) }
        if repeatedV6 > 0 { flags.insert(.repeatsV6) }
        if anyV6 > 0 { flags.insert(.someAnyV6) }
        if anyV6 < count { flags.insert(.someAnyV4) }
        if repeatedAny > 0 { flags.insert(.repeatsAny) }
        if repeatedLocations > 0 { flags.insert(.repeatsLocations) }
        if repeatedTargets > 0 || repeatedNodes > 0 { flags.insert(.repeatsTargets) }
        if withTexts > 0 { flags.insert(.hasTexts) }
        // The metadata of a mixed node would stand under a name that is a target too. Two spellings
        // of an address make two locations of which the records know one. RFC 1035 §2.3.4: a name
        // has at most 255 octets.
        if mixedNodes > 0 || withPriority > 0 || repeatedLocations != repeatedRecords
            || withSlowNames > 0 || widest + domainLength > 255
        {
            flags.insert(.hasSlowLocations)
        }
        return flags
    }

    /// Whether settings ask for what the fast line does not do with such instances: an order by
    /// different weights, both families at once.
    func areForReference(_ rules: ViewRules) -> Bool {
        rules.weightsAddresses && weights > 1 || rules.isDualStack && withBoth > 0
    }
}

extension FingerprintCounts {
    /// Counts a value in or out; returns how often it is counted beside this time.
    fileprivate mutating func step(_ key: UInt64, _ lanes: Lanes, by one: Int) -> Occurrences {
        one > 0 ? add(key, lanes) : remove(key, lanes)
    }
}
