// SPDX-License-Identifier: Apache-2.0

// What may occur twice in a service, as fingerprints.
extension ServiceCounts {
    /// The fingerprint of an IPv4 address.
    static func fingerprint(v4 image: InstanceImage, _ seed: UInt64) -> UInt64 {
        var fingerprint = Fingerprint(.v4, seed: seed)
        fingerprint.add(UInt64(image.wireV4))
        return fingerprint.value()
    }

    /// The fingerprint of an IPv6 address.
    static func fingerprint(v6 image: InstanceImage, _ seed: UInt64) -> UInt64 {
        var fingerprint = Fingerprint(.v6, seed: seed)
        let halves = unsafe unsafeBitCast(image.wireV6, to: SIMD2<UInt64>.self)
        fingerprint.add(halves[0])
        fingerprint.add(halves[1])
        return fingerprint.value()
    }

    /// The fingerprint of a location as records know it: node, port and target.
    static func fingerprint(record image: InstanceImage, _ seed: UInt64) -> UInt64 {
        var fingerprint = Fingerprint(.record, seed: seed)
        fingerprint.add(image.nodeAndPort)
        guard image.flags.contains(.targetIsAddress) else { return fingerprint.value() }
        let isV6 = image.flags.contains(.anyIsV6)
        fingerprint.add(isV6 ? Self.fingerprint(v6: image, seed) : UInt64(image.wireV4))
        return fingerprint.value(isV6 ? 16 : 4)
    }

    /// The fingerprint of a location as the catalog knows it (spec/dns.md 3.2): node, port and the
    /// own address as it is written; and whether it is the same as the record's, as most are, which
    /// have no address of their own.
    static func fingerprint(
        location image: InstanceImage,
        ownAddress: String,
        _ seed: UInt64
    ) -> (location: UInt64, isRecord: Bool) {
        if ownAddress.isEmpty, !image.flags.contains(.targetIsAddress) {
            return (fingerprint(record: image, seed), true)
        }
        var fingerprint = Fingerprint(.location, seed: seed)
        fingerprint.add(image.nodeAndPort)
        fingerprint.add(ownAddress)
        return (fingerprint.value(ownAddress.utf8.count), false)
    }
}
