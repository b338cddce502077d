// SPDX-License-Identifier: Apache-2.0
import MessagePack

/// Virtual addresses of services in 240.0.0.0/4, by their number: 1 is 240.0.0.1 (DNS 2.9).
struct VirtualAddressTable: Sendable {
    /// The last number: the last address of the block stays free.
    static let last: UInt32 = 0x0fff_fffe

    /// Numbers by folded service name.
    private var numbers = OrderedTree<UInt32>()
    /// Numbers that were given back, as four octets: the lowest comes first.
    private var freed = OrderedTree<Presence>()
    /// The highest number that was ever taken.
    private var highest: UInt32 = 0

    /// The address of a service, as four octets.
    func address(of service: String) -> [UInt8]? {
        numbers[TreeKey.make(service)].map { Self.octets($0 | 240 << 24) }
    }

    /// Gives a service an address unless it has one.
    ///
    /// Consul: state.assignServiceVirtualIP: freed numbers first, then the next one. With none left
    /// the service goes without.
    mutating func assign(to service: String) {
        let key = TreeKey.make(service)
        guard !service.isEmpty, numbers[key] == nil, let number = takeNumber() else { return }
        numbers.updateValue(number, forKey: key)
    }

    /// Takes the address of a service back.
    mutating func release(of service: String) {
        guard let number = numbers.removeValue(forKey: TreeKey.make(service)) else { return }
        freed.updateValue(Presence(), forKey: Self.octets(number))
    }

    private mutating func takeNumber() -> UInt32? {
        var lowest: [UInt8]?
        freed.forEach { key, _ in
            lowest = key
            return false
        }
        if let lowest {
            freed.removeValue(forKey: lowest)
            return Self.number(lowest)
        }
        guard highest < Self.last else { return nil }
        highest += 1
        return highest
    }

    private static func number(_ octets: [UInt8]) -> UInt32 {
        octets.reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static func octets(_ number: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}

// Rows of a snapshot: a service with its number; a number that was given back; the highest one.
extension VirtualAddressTable {
    /// Visits the rows until `body` returns `false`.
    func forEachRow(_ body: ((inout FieldWriter) -> Void) -> Bool) {
        guard highest > 0 else { return }
        guard body({ $0.write(3, Int(highest)) }) else { return }
        var goesOn = true
        numbers.forEach { key, number in
            goesOn = body {
                $0.write(1, String(decoding: key, as: UTF8.self))
                $0.write(2, Int(number))
            }
            return goesOn
        }
        guard goesOn else { return }
        freed.forEach { key, _ in body { $0.write(2, Int(Self.number(key))) } }
    }

    /// Takes a row.
    mutating func takeRow(_ reader: inout MessagePackReader) throws(MessagePackError) {
        let start = reader.offset
        var service = ""
        var number: UInt32 = 0
        var highest: UInt32 = 0
        try reader.readFields { key, reader throws(MessagePackError) in
            switch key {
            case 1: service = try reader.readString()
            case 2: number = try reader.readInteger()
            case 3: highest = try reader.readInteger()
            default: return false
            }
            return true
        }
        guard max(number, highest) <= Self.last else {
            throw MessagePackError(.outOfRange, at: start)
        }
        if highest > 0 {
            self.highest = highest
        } else if service.isEmpty {
            freed.updateValue(Presence(), forKey: Self.octets(number))
        } else {
            numbers.updateValue(number, forKey: TreeKey.make(service))
        }
    }
}
