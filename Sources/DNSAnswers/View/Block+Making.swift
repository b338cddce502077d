// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Publication

extension Block {
    /// Writes a block of at most 64 instances.
    ///
    /// The block begins on a multiple of 16.
    static func append(_ instances: ArraySlice<InstanceFacts>, to octets: inout EntryOctets) {
        let start = octets.count
        precondition(start % 16 == 0 && instances.count <= capacity)
        let tags = masks(of: instances)
        octets.append(UInt16(instances.count))
        octets.append(UInt16(tags.count))
        let tagOffsetPlace = octets.count
        octets.append(UInt32(0))
        octets.append(UInt64(0))
        // IPv6 addresses follow the records, of only those instances that have one.
        var addresses: [IPv6Address] = []
        for (index, instance) in instances.enumerated() {
            let distance = instances.count - index + addresses.count
            InstanceRecord.append(instance, distance: UInt16(distance), to: &octets)
            if let address = instance.addresses.v6 { addresses.append(address) }
        }
        for address in addresses {
            octets.append(address.high.bigEndian)
            octets.append(address.low.bigEndian)
        }
        octets.replace(UInt32(octets.count - start), at: tagOffsetPlace)
        append(tags, blockStart: start, to: &octets)
        octets.pad(to: 16)
    }

    /// A tag with the instances that have it.
    private typealias TagMask = (tag: [UInt8], mask: UInt64)

    private static func masks(of instances: ArraySlice<InstanceFacts>) -> [TagMask] {
        var masks: [TagMask] = []
        var places: [[UInt8]: Int] = [:]
        for (index, instance) in instances.enumerated() {
            for tag in instance.tags {
                if let place = places[tag] {
                    masks[place].mask |= 1 << UInt64(index)
                } else {
                    places[tag] = masks.count
                    masks.append((tag, 1 << UInt64(index)))
                }
            }
        }
        return masks
    }

    private static func append(
        _ tags: [TagMask],
        blockStart: Int,
        to octets: inout EntryOctets
    ) {
        var text = octets.count - blockStart + 16 * tags.count
        for (tag, mask) in tags {
            octets.append(mask)
            octets.append(OwnedKey(tag).withKey { Block.mark(of: $0) })
            octets.append(UInt32(text))
            text += (tag.count + 7) & ~7
        }
        for (tag, _) in tags {
            octets.append(tag)
            octets.pad(to: 8)
        }
    }
}

extension InstanceRecord {
    /// Writes a record; `distance` is how many records ahead its IPv6 address stands.
    fileprivate static func append(
        _ instance: InstanceFacts,
        distance: UInt16,
        to octets: inout EntryOctets
    ) {
        let addresses = instance.addresses
        var flags: Flags = []
        if instance.targetIsAddress { flags.insert(.targetIsAddress) }
        if addresses.anyIsV6 { flags.insert(.anyIsV6) }
        if addresses.v4 != nil { flags.insert(.hasV4) }
        if addresses.v6 != nil { flags.insert(.hasV6) }
        octets.append((addresses.v4?.bits ?? 0).bigEndian)
        octets.append(instance.weight.bigEndian)
        octets.append(instance.port.bigEndian)
        octets.append(instance.node)
        octets.append(flags.rawValue)
        octets.append(addresses.v6 == nil ? 0 : distance)
    }
}
