// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Publication

/// What an entry says of a node that an instance refers to.
struct NodeFacts {
    var targetLength: Int
    var hasTexts: Bool
    /// Whether its name can stand in a target.
    var isPlain: Bool
}

extension ServiceEntry {
    /// Makes an entry.
    ///
    /// `instances` is `nil` where only the reference line can answer.
    ///
    /// `label` is the folded label of the name; `instances` stand in the order of the store, at
    /// least one, and `nodes` are the facts of each instance's node. `domainLength` is that of the
    /// longest domain, `datacenterLength` that of the datacenter's label, in octets.
    static func make(
        label: [UInt8],
        ttl: UInt32,
        instances: [InstanceFacts]?,
        nodes: [NodeFacts],
        hidesInstances: Bool,
        domainLength: Int,
        datacenterLength: Int,
        seed: UInt64
    ) -> Entry {
        guard let instances, (instances.count + 63) / Block.capacity <= Int(UInt16.max) else {
            return make(label, ttl, .isSlow, [], widest: 0, seed: seed)
        }
        let widest =
            zip(instances, nodes).map { instance, node in
                instance.targetIsAddress
                    // `\\8hhhhhhhh\\4addr\\3dc1`, 32 digits for IPv6.
                    ? (instance.addresses.anyIsV6 ? 33 : 9) + 5 + datacenterLength
                    : node.targetLength
            }.max() ?? 0
        var flags = familyFlags(of: instances)
        if hidesInstances { flags.insert(.hidesInstances) }
        if nodes.contains(where: \.hasTexts) { flags.insert(.hasTexts) }
        flags.formUnion(locationFlags(of: instances))
        // RFC 1035 §2.3.4: a name has at most 255 octets.
        if nodes.contains(where: { !$0.isPlain || $0.targetLength + domainLength > 255 })
            || widest + domainLength > 255
        {
            flags.insert(.hasSlowLocations)
        }
        return make(label, ttl, flags, instances, widest: widest, seed: seed)
    }

    private static func make(
        _ label: [UInt8],
        _ ttl: UInt32,
        _ flags: Flags,
        _ instances: [InstanceFacts],
        widest: Int,
        seed: UInt64
    ) -> Entry {
        var body = EntryOctets()
        let blockCount = (instances.count + Block.capacity - 1) / Block.capacity
        // Addresses of blocks, relative to the body's beginning at first.
        let headSize = Entry.headSize(keyLength: label.count)
        let bodyStart = (headSize + 8 * blockCount + 15) & ~15
        var starts: [Int] = []
        for number in 0..<blockCount {
            starts.append(body.count)
            let first = number * Block.capacity
            Block.append(
                instances[first..<min(first + Block.capacity, instances.count)],
                to: &body
            )
        }
        let size = bodyStart + body.count + OctetRun.slack
        let memory = unsafe OwnedKey(label).withKey { key in
            unsafe Entry.make(size: size, kind: kind, flags: flags.rawValue, key: key, seed: seed)
        }
        unsafe memory.storeBytes(of: ttl.bigEndian, toByteOffset: 16, as: UInt32.self)
        unsafe memory.storeBytes(
            of: UInt32(instances.count),
            toByteOffset: 20,
            as: UInt32.self
        )
        unsafe memory.storeBytes(of: UInt16(blockCount), toByteOffset: 24, as: UInt16.self)
        unsafe memory.storeBytes(
            of: UInt16(clamping: widest),
            toByteOffset: 26,
            as: UInt16.self
        )
        unsafe memory.storeBytes(of: UInt32(headSize), toByteOffset: 28, as: UInt32.self)
        for (number, start) in starts.enumerated() {
            unsafe memory.storeBytes(
                of: UnsafeRawPointer(memory + bodyStart + start),
                toByteOffset: headSize + 8 * number,
                as: UnsafeRawPointer.self
            )
        }
        unsafe body.octets.withUnsafeBytes { octets in
            guard let source = octets.baseAddress else { return }
            unsafe (memory + bodyStart).copyMemory(from: source, byteCount: octets.count)
        }
        return unsafe Entry(base: UnsafeRawPointer(memory))
    }

    /// Which families there are, and whether addresses repeat.
    private static func familyFlags(of instances: [InstanceFacts]) -> Flags {
        var flags: Flags = []
        var v4: Set<IPv4Address> = []
        var v6: Set<IPv6Address> = []
        var any: Set<IPAddress> = []
        for instance in instances {
            let addresses = instance.addresses
            if let address = addresses.v4 {
                flags.insert(.someV4)
                if !v4.insert(address).inserted { flags.insert(.repeatsV4) }
            } else {
                flags.insert(.someWithoutV4)
            }
            if let address = addresses.v6 {
                flags.insert(.someV6)
                if !v6.insert(address).inserted { flags.insert(.repeatsV6) }
            } else {
                flags.insert(.someWithoutV6)
            }
            if let address = addresses.any, !any.insert(address).inserted {
                flags.insert(.repeatsAny)
            }
            flags.insert(addresses.anyIsV6 ? .someAnyV6 : .someAnyV4)
        }
        return flags
    }

    /// Whether locations, targets or nodes repeat (spec/dns.md 3.2).
    private static func locationFlags(of instances: [InstanceFacts]) -> Flags {
        struct Location: Hashable {
            var node: UInt32
            var port: UInt16
            var address: String
        }
        struct Record: Hashable {
            var node: UInt32
            var port: UInt16
            var target: IPAddress?
        }
        var flags: Flags = []
        var locations: Set<Location> = []
        var records: Set<Record> = []
        var nodes: [UInt32: Bool] = [:]
        var targets: Set<IPAddress> = []
        for instance in instances {
            let target = instance.targetIsAddress ? instance.addresses.any : nil
            locations.insert(
                Location(node: instance.node, port: instance.port, address: instance.ownAddress)
            )
            records.insert(Record(node: instance.node, port: instance.port, target: target))
            if let target, !targets.insert(target).inserted { flags.insert(.repeatsTargets) }
            if let isAddress = nodes.updateValue(instance.targetIsAddress, forKey: instance.node) {
                flags.insert(.repeatsTargets)
                // The metadata of the node would stand under a name that is a target too.
                if isAddress != instance.targetIsAddress { flags.insert(.hasSlowLocations) }
            }
        }
        if locations.count < instances.count { flags.insert(.repeatsLocations) }
        if instances.contains(where: { $0.priority != 1 }) { flags.insert(.hasSlowLocations) }
        // Two spellings of an address: two locations of which the records know one.
        if locations.count != records.count { flags.insert(.hasSlowLocations) }
        return flags
    }
}
