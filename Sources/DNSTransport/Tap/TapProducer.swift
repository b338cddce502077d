// SPDX-License-Identifier: Apache-2.0
import CSockets
import DNSAnswers

/// What one thread tells the tap by: its ring and what it draws with.
///
/// Owned by that thread.
struct TapProducer {
    private let tap: QueryTap
    private let ring: TapRing
    private var sampler: QuerySampler
    /// ``QueryTap/changes`` when the settings were taken.
    private var changes: UInt64

    init(_ tap: QueryTap) {
        self.tap = tap
        ring = tap.makeRing()
        changes = tap.changes
        sampler = QuerySampler(tap.settings, seed: SystemRandomNumberGenerator.seed())
    }

    /// Takes the settings anew if they changed.
    mutating func refresh() {
        let now = tap.changes
        guard now != changes else { return }
        changes = now
        sampler = QuerySampler(tap.settings, seed: SystemRandomNumberGenerator.seed())
    }

    /// How many replies may pass unseen.
    var left: Int { sampler.left }

    /// Whether it matters how long replies took.
    var wantsDurations: Bool { sampler.wantsDurations }

    /// So many replies passed unseen; at most ``left``.
    mutating func skip(_ count: Int) { if count > 0 { sampler.skip(count) } }

    /// Tells of a reply if it is its turn.
    ///
    /// - Parameters:
    ///   - reply: its octets.
    ///   - nanoseconds: how long it took; 0 when that was not measured.
    ///   - fill: notes what the octets do not say.
    mutating func note(
        _ reply: UnsafeRawBufferPointer,
        nanoseconds: UInt64,
        _ fill: (inout TapRecord) -> Void
    ) {
        guard reply.count >= 12 else { return }
        let purposes = unsafe sampler.decide(code: reply[3] & 15, nanoseconds: nanoseconds)
        guard !purposes.isEmpty, let start = reply.baseAddress else { return }
        var record = unsafe TapRecord(reply: reply)
        record.time = csockets_realtime_nanoseconds()
        record.nanoseconds = nanoseconds
        record.purposes = purposes.rawValue
        record.weight = UInt32(clamping: sampler.unsampled)
        fill(&record)
        if unsafe ring.push(record, name: start + 12) {
            if purposes.contains(.sample) { sampler.noteSampled(oneIn: tap.sampleGap) }
        } else {
            tap.noteLost(isForLog: purposes.contains(.log))
            sampler.noteLost()
        }
    }
}
