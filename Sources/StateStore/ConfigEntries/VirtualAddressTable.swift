// SPDX-License-Identifier: Apache-2.0

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
            return lowest.reduce(0) { $0 << 8 | UInt32($1) }
        }
        guard highest < Self.last else { return nil }
        highest += 1
        return highest
    }

    private static func octets(_ number: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}
