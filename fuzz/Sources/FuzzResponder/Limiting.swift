// SPDX-License-Identifier: Apache-2.0

internal import DNSAnswers
internal import Property

/// Response rate limiting under a clock of the input: no network gets more than its rate, one that
/// asks less is always answered, and who is exempt is never limited.
///
/// Octet 0 is the rate, 1 the slip and the exempt networks; then each three octets are a client, the
/// time since the last query in 16 ms, and how often it asks.
enum Limiting {
    private static let networks = [
        ["10.0.0.0/8"], ["2001:db8::/32", "0.0.0.0/0"], ["::/0"], ["10.1.2.3/32"],
        ["nonsense", "10.0.0.0/33", "10.0.0.0/x", "2001:db8::/129", "host/8", "1.2.3.4"], [],
    ].map { $0.compactMap(ClientNetwork.init) }

    /// Clients, and the number of the network of each; a line of the table has room for eight.
    private static let clients: [(address: ClientAddress, network: Int)] = [
        (ClientAddress(v4: 0x0a01_0203), 0), (ClientAddress(v4: 0x0a01_02ff), 0),
        (ClientAddress(v4: 0xc000_0207), 1), (ClientAddress(high: 0, low: 0xffff_c000_0208), 1),
        (ClientAddress(high: 0x2001_0db8_0000_0001, low: 1), 2),
        (ClientAddress(high: 0x2001_0db8_0000_00ff, low: 9), 2),
        (ClientAddress(high: 0x2001_0db9_0000_0001, low: 1), 3),
        (ClientAddress(v4: 0x7f00_0001), 4), (ClientAddress(high: 0, low: 1), 5),
        (ClientAddress(v4: 0xcb00_7101), 6),
    ]

    // One table for all inputs: each begins when all debts of the one before are paid.
    private static let table = RateTable(seed: 5)
    // libFuzzer calls its target on one thread.
    private nonisolated(unsafe) static var now: UInt64 = 1_000_000

    /// Decides the queries of an input.
    static func check(_ octets: [UInt8]) {
        guard octets.count >= 2 else { return }
        let rate = Int(octets[0])
        let slip = Int(octets[1] & 3)
        let limit = RateLimit(
            repliesPerSecond: rate,
            slip: slip,
            exempt: networks[Int(octets[1] >> 2) % networks.count]
        )
        unsafe now += 20_000
        let begin = unsafe now
        var limiter = RateLimiter(limit, table: table, seed: UInt64(octets[1]))
        Property.holds(limiter.isOn == (rate > 0), "a limit of \(rate)")
        guard limiter.isOn else { return }
        var asked = [Int](repeating: 0, count: 7)
        var answered = [Int](repeating: 0, count: 7)
        for start in stride(from: 2, to: octets.count - 2, by: 3) {
            unsafe now += UInt64(octets[start + 1]) * 16
            unsafe limiter.beginBatch(now: now)
            let (client, network) = clients[Int(octets[start]) % clients.count]
            let isFree = network == 4 || network == 5 || isExempt(network, octets[1])
            for _ in 0...Int(octets[start + 2]) {
                asked[network] += 1
                let decision = limiter.decide(client)
                if decision == .answer { answered[network] += 1 }
                Property.holds(decision != .truncate || slip > 0, "truncated without slip")
                Property.holds(decision != .drop || slip != 1, "dropped at slip 1")
                Property.holds(!isFree || decision == .answer, "an exempt client is limited")
                Property.holds(
                    asked[network] > rate || decision == .answer,
                    "limited below its rate: \(asked[network]) of \(rate)"
                )
            }
            // A second's worth at once, and what the time has paid since.
            let most = unsafe rate + rate * Int(now - begin) / 1000 + 1
            // The single client of the exempt list is in a network with one that is not.
            let isMixed = network == 0 && Int(octets[1] >> 2) % networks.count == 3
            Property.holds(
                isFree || isMixed || answered[network] <= most,
                "\(answered[network]) replies, \(most) at most"
            )
        }
    }

    /// Whether a network lies in the exempt ones as a whole.
    private static func isExempt(_ network: Int, _ octet: UInt8) -> Bool {
        switch Int(octet >> 2) % networks.count {
        case 0: network == 0
        case 1: network != 3
        case 2: network == 2 || network == 3
        default: false
        }
    }
}
