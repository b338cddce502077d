// SPDX-License-Identifier: Apache-2.0
import DNSAnswers

/// Decides for one thread which of its replies are told.
///
/// A plain value: told of each reply, or of how many passed unseen.
struct QuerySampler {
    /// Whom a reply is told to.
    struct Purposes: OptionSet, Hashable {
        let rawValue: UInt8

        static let log = Purposes(rawValue: 1 << 0)
        static let sample = Purposes(rawValue: 1 << 1)
    }

    private let settings: QueryTapSettings
    private var generator: Generator
    /// Replies that pass before the next for the log, and before the next sample.
    private var logLeft: Int
    private var sampleLeft: Int
    private var sampleGap = 1
    /// Replies since the last sample: the next one stands for them too.
    private(set) var unsampled = 0

    init(_ settings: QueryTapSettings, seed: UInt64) {
        self.settings = settings
        generator = Generator(seed: seed)
        logLeft = .max
        sampleLeft = settings.samples ? 0 : .max
        if settings.logsOneIn > 0 { logLeft = draw(settings.logsOneIn) }
    }

    /// How many replies may pass unseen; all of them when nothing is told.
    var left: Int { settings.looksAtAll ? 0 : min(logLeft, sampleLeft) }

    /// Whether the log is told how long replies took.
    var wantsDurations: Bool { settings.logs }

    /// So many replies passed unseen; at most ``left``.
    mutating func skip(_ count: Int) {
        if logLeft != .max { logLeft -= count }
        guard sampleLeft != .max else { return }
        sampleLeft -= count
        unsampled += count
    }

    /// Whom the next reply is told to.
    ///
    /// - Parameters:
    ///   - code: its response code.
    ///   - nanoseconds: how long it took.
    /// - Returns: nobody, mostly.
    mutating func decide(code: UInt8, nanoseconds: UInt64) -> Purposes {
        var purposes: Purposes = []
        if logLeft == 0 {
            purposes.insert(.log)
            logLeft = draw(settings.logsOneIn)
        } else if logLeft != .max {
            logLeft -= 1
        }
        if settings.logsFailures, code != 0, code != 3 { purposes.insert(.log) }
        if settings.logsFrom > 0, nanoseconds >= settings.logsFrom { purposes.insert(.log) }
        if sampleLeft != .max {
            unsampled += 1
            if sampleLeft == 0 {
                purposes.insert(.sample)
                sampleLeft = draw(sampleGap)
            } else {
                sampleLeft -= 1
            }
        }
        return purposes
    }

    /// The sample was told; from now on one in so many is drawn.
    mutating func noteSampled(oneIn gap: Int) {
        unsampled = 0
        guard gap != sampleGap else { return }
        sampleGap = max(1, gap)
        sampleLeft = draw(sampleGap)
    }

    /// Nobody could be told: there is no use in trying again soon.
    mutating func noteLost() {
        if sampleLeft != .max { sampleLeft = max(sampleLeft, 1023) }
    }

    /// Replies to pass so that one in `gap` is taken in the mean, without a rhythm.
    private mutating func draw(_ gap: Int) -> Int {
        gap <= 1 ? 0 : Int(truncatingIfNeeded: generator.next() % UInt64(2 * gap - 1))
    }
}
