// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Publication
import StateStore

extension NodeEntry {
    /// Makes the entry of a node.
    ///
    /// The key is empty where no question can bear the name.
    static func make(
        _ node: NodeRow,
        settings: DNSSettings,
        domainLength: Int,
        seed: UInt64
    ) -> Entry {
        let label = PlainName.reachableLabel(of: node.name) ?? []
        let addresses = addressFacts(of: node)
        let texts = textRecords(of: node)
        let target =
            PlainName.label(of: node.name) == nil
            ? [] : target(of: node.name, datacenter: settings.datacenter)
        var flags: Flags = []
        if addresses == nil || texts == nil || target.isEmpty
            || target.count + domainLength > 255
            || settings.isDualStack && addresses?.v4 != nil && addresses?.v6 != nil
        {
            flags.insert(.isSlow)
        }
        if addresses?.v4 != nil { flags.insert(.hasV4) }
        if addresses?.v6 != nil { flags.insert(.hasV6) }
        if addresses?.anyIsV6 == true { flags.insert(.anyIsV6) }
        if addresses?.any != nil, !node.address.isEmpty {
            flags.insert(.lendsAddresses)
            let any = AddressChoice(type: .any, wan: false).address(of: node)
            if any != node.address { flags.insert(.lendsTagged) }
        }

        var body = EntryOctets()
        if let address = addresses?.v6 {
            body.append(address.high.bigEndian)
            body.append(address.low.bigEndian)
        }
        let headSize = Entry.headSize(keyLength: label.count)
        let targetOffset = headSize + body.count
        body.append(target)
        let records = texts ?? []
        for record in records { body.append(record) }

        let size = headSize + body.count + OctetRun.slack
        let memory = unsafe OwnedKey(label).withKey { key in
            unsafe Entry.make(size: size, kind: kind, flags: flags.rawValue, key: key, seed: seed)
        }
        let v4 = addresses?.v4?.bits ?? 0
        unsafe memory.storeBytes(
            of: settings.nodeTTL.bigEndian,
            toByteOffset: 16,
            as: UInt32.self
        )
        unsafe memory.storeBytes(of: v4.bigEndian, toByteOffset: 20, as: UInt32.self)
        unsafe memory.storeBytes(
            of: UInt8(clamping: target.count),
            toByteOffset: 24,
            as: UInt8.self
        )
        unsafe memory.storeBytes(of: UInt16(records.count), toByteOffset: 26, as: UInt16.self)
        unsafe memory.storeBytes(
            of: UInt16(records.reduce(0) { $0 + $1.count }),
            toByteOffset: 28,
            as: UInt16.self
        )
        unsafe memory.storeBytes(of: UInt16(targetOffset), toByteOffset: 30, as: UInt16.self)
        unsafe body.octets.withUnsafeBytes { octets in
            guard let source = octets.baseAddress else { return }
            unsafe (memory + headSize).copyMemory(from: source, byteCount: octets.count)
        }
        return unsafe Entry(base: UnsafeRawPointer(memory))
    }

    /// `\6node-7\4node\3dc1`, the name in its registered spelling (spec/dns.md 1.6).
    private static func target(of name: String, datacenter: String) -> [UInt8] {
        [UInt8(name.utf8.count)] + Array(name.utf8)
            + [4] + Array("node".utf8) + (PlainName.label(of: datacenter) ?? [])
    }

    private static func addressFacts(of node: NodeRow) -> AddressFacts? {
        var found: [IPAddress?] = []
        for type in [RecordType.a, .aaaa, .any] {
            let address = IPAddress(text: AddressChoice(type: type, wan: false).address(of: node))
            // A host name is answered with its chain; a node without address with nothing.
            if address == nil, !node.address.isEmpty { return nil }
            found.append(address)
        }
        return AddressFacts(v4: found[0], v6: found[1], any: found[2])
    }

    /// RDLENGTH and RDATA of each TXT record (spec/dns.md 2.6), sorted by key; `nil` where there
    /// are too many.
    private static func textRecords(of node: NodeRow) -> [[UInt8]]? {
        var records: [[UInt8]] = []
        var size = 0
        for pair in (node.meta ?? [:]).sorted(by: {
            $0.key.utf8.lexicographicallyPrecedes($1.key.utf8)
        }) {
            let text = MetadataText.text(key: pair.key, value: pair.value)
            let strings = MetadataText.strings(of: text)
            let length = text.count + strings.count
            guard length <= Int(UInt16.max) else { return nil }
            records.append(
                [UInt8(length >> 8), UInt8(length & 255)]
                    + strings.flatMap { [UInt8($0.count)] + $0 }
            )
            size += length + 2
        }
        return size <= Int(UInt16.max) ? records : nil
    }
}
