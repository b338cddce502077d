// SPDX-License-Identifier: Apache-2.0

internal import DNSWire
internal import Forwarding
internal import Property

extension Bench {
    /// A client gets no private address where its question forbids it, in no section and for no
    /// owner.
    func checkPrivate(_ octets: [UInt8], _ isForbidden: Bool) {
        guard isForbidden, let message = try? Message(decoding: octets) else { return }
        for record in message.answers + message.authorities + message.additionals {
            let address: [UInt8]? =
                switch record.data {
                case .a(let address): address.octets
                case .aaaa(let address): address.octets
                default: nil
                }
            guard let address else { continue }
            Property.holds(!Self.isPrivate(address), "private: \(Property.hexadecimal(octets))")
        }
    }

    /// Another reading of the same list: what is reachable from inside a network only.
    private static func isPrivate(_ octets: [UInt8]) -> Bool {
        guard octets.count == 16 else {
            let number = octets.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let networks: [(UInt32, UInt32)] = [
                (0x0000_0000, 8), (0x0a00_0000, 8), (0x7f00_0000, 8), (0xa9fe_0000, 16),
                (0xac10_0000, 12), (0xc0a8_0000, 16), (0x6440_0000, 10), (0xffff_ffff, 32),
            ]
            return networks.contains { number >> (32 - $1) == $0 >> (32 - $1) }
        }
        let isEmbedded =
            octets[..<10].allSatisfy { $0 == 0 }
            && (octets[10..<12] == [0, 0] || octets[10..<12] == [0xff, 0xff])
            || octets[..<12] == [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]
        if isEmbedded { return isPrivate(Array(octets[12...])) }
        // Of fe80::/9 all: link-local, and site-local as it once was.
        return octets[0] == 0xfc || octets[0] == 0xfd || octets[0] == 0xfe && octets[1] >= 0x80
    }

    /// Forgeries: wrong IDs until UDP is given up, and a socket that nobody knows.
    mutating func flood(_ octets: [UInt8]) {
        guard !open.isEmpty else { return }
        var oldest = open.removeFirst()
        drive(&oldest, .received(octets, in: 9999))
        drive(&oldest, .sent(9999, port: 1))
        drive(&oldest, .ended(9999))
        for _ in 0...Search.mismatchLimit {
            guard let first = oldest.tries.first else { break }
            var forged = first.octets
            forged[0] ^= 0xff
            forged[2] |= 0x80
            drive(&oldest, .received(forged, in: first.number))
        }
        if !oldest.isOver { open.insert(oldest, at: 0) }
    }

    /// An upstream sends our own question back.
    mutating func comeBack(_ how: UInt8, _ reply: [UInt8]) {
        guard let first = open.first?.tries.first, !first.overTCP,
            let query = ForwardedQuery(first.octets, overTCP: false)
        else { return }
        note(query)
        switch arrive(query, port: Self.port(of: first.number)) {
        case .joined: return
        case .reply(let octets, let refresh):
            check(octets, query)
            checkPrivate(octets, forbids[asked.count - 1])
            if let refresh { search(refresh, how, reply) }
        case .search(let plan): search(plan, how, reply)
        }
    }

    /// The port that the question of a try leaves from.
    static func port(of number: Int) -> UInt16 { UInt16(truncatingIfNeeded: 40_000 + number) }
}
