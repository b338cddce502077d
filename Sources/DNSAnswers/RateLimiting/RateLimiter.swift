// SPDX-License-Identifier: Apache-2.0

/// Decides for one thread which queries over UDP are answered (response rate limiting, as in BIND,
/// NSD and Knot).
///
/// Counted is what a client network asks, whatever the names: replies of a service registry differ
/// little in size, and a flood need not repeat itself. A second's worth may come at once.
@safe
public struct RateLimiter: ~Copyable {
    /// What becomes of a query.
    public enum Decision: Sendable, Hashable {
        /// It is answered.
        case answer
        /// Its client is told to come over TCP, in no more octets than it sent.
        case truncate
        /// It is not answered.
        case drop
    }

    /// Whether there is anything to decide.
    public let isOn: Bool
    private let table: RateTable?
    private let slots: RateSlots?
    /// Of a reply, in ticks.
    private let cost: UInt64
    /// The largest debt, in ticks.
    private let most: UInt64
    private let slip: Int
    private let exemptsLoopback: Bool
    private let exempt: UnsafeMutableBufferPointer<ClientNetwork>
    private var generator: Generator
    private var now: UInt64 = 0

    /// Applies a limit to what all threads with the same table answer; without table it is off.
    public init(_ limit: RateLimit, table: RateTable?, seed: UInt64) {
        isOn = limit.isOn && table != nil
        self.table = table
        slots = table?.slots
        let rate = UInt64(max(1, min(limit.repliesPerSecond, RateLimit.maximumRate)))
        cost = RateSlots.second / rate
        most = RateSlots.second / rate * rate
        slip = limit.slip
        exemptsLoopback = limit.exemptsLoopback
        unsafe exempt = .allocate(capacity: limit.exempt.count)
        _ = unsafe exempt.initialize(from: limit.exempt)
        generator = Generator(seed: seed)
    }

    // Networks have nothing to take down.
    deinit { unsafe exempt.deallocate() }

    /// Begins a batch of decisions; `now` is in milliseconds that never go back.
    public mutating func beginBatch(now: UInt64) { self.now = now &* RateSlots.ticksPerMillisecond }

    /// Decides one query of a client.
    public mutating func decide(_ client: ClientAddress) -> Decision {
        guard let slots, !(exemptsLoopback && client.isLoopback),
            !slots.take(client.network, at: now, cost: cost, most: most)
        else { return .answer }
        // Only now: the list costs nothing to who is below the limit.
        for index in unsafe 0..<exempt.count where unsafe exempt[index].contains(client) {
            return .answer
        }
        if slip < 2 { return slip == 1 ? .truncate : .drop }
        // By chance, so that nobody can arrange that the drops are always another's.
        return generator.below(slip) == 0 ? .truncate : .drop
    }
}
