// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// How many replies took how long: a histogram in steps of about three.
public struct DurationCounts: Sendable, Hashable {
    /// The most nanoseconds of each step but the last: 10 µs to 1 s.
    public static let bounds: [UInt64] = [
        10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000, 30_000_000, 100_000_000,
        300_000_000, 1_000_000_000,
    ]
    /// The number of steps.
    static let stepCount = 12

    /// How many, by step; the last took longer than every bound.
    public var counts = [UInt64](repeating: 0, count: Self.stepCount)
    /// What all of them took.
    public var nanoseconds: UInt64 = 0

    /// Nothing yet.
    public init() {}

    /// How many there are.
    public var total: UInt64 { counts.reduce(0, +) }

    /// Counts what took so long.
    mutating func note(nanoseconds took: UInt64) {
        counts[Self.step(ofNanoseconds: took)] += 1
        nanoseconds &+= took
    }

    /// The step of a duration, found without the array of the bounds.
    @inline(__always)
    static func step(ofNanoseconds nanoseconds: UInt64) -> Int {
        var step = 0
        var bound: UInt64 = 10_000
        while step < stepCount - 1, nanoseconds > bound {
            bound = step & 1 == 0 ? bound &* 3 : bound / 3 &* 10
            step &+= 1
        }
        return step
    }
}

/// A ``DurationCounts`` that is counted.
struct DurationTally: ~Copyable, Sendable {
    private let counts = InlineArray<12, Atomic<UInt64>> { _ in Atomic(0) }
    private let nanoseconds = Atomic<UInt64>(0)

    /// Counts replies that took so long each, from the one thread that counts here.
    @inline(__always)
    borrowing func noteAlone(nanoseconds took: UInt64, times: UInt64) {
        let step = DurationCounts.step(ofNanoseconds: took)
        counts[step].store(
            counts[step].load(ordering: .relaxed) &+ times,
            ordering: .relaxed
        )
        nanoseconds.store(
            nanoseconds.load(ordering: .relaxed) &+ took &* times,
            ordering: .relaxed
        )
    }

    /// Counts replies that took so long each, from any thread.
    borrowing func note(nanoseconds took: UInt64, times: UInt64 = 1) {
        counts[DurationCounts.step(ofNanoseconds: took)].count(times)
        nanoseconds.count(took &* times)
    }

    /// Adds the counts to those of others.
    borrowing func add(to durations: inout DurationCounts) {
        for step in 0..<DurationCounts.stepCount {
            durations.counts[step] += counts[step].load(ordering: .relaxed)
        }
        durations.nanoseconds += nanoseconds.load(ordering: .relaxed)
    }
}

/// Durations by what the replies were made from.
struct SourceDurations: ~Copyable, Sendable {
    private let tallies = InlineArray<5, DurationTally> { _ in DurationTally() }

    /// Counts replies that took so long each, from any thread.
    borrowing func note(_ source: QuerySource, nanoseconds: UInt64, times: UInt64 = 1) {
        tallies[Int(source.rawValue)].note(nanoseconds: nanoseconds, times: times)
    }

    /// The same from the one thread that counts here.
    @inline(__always)
    borrowing func noteAlone(_ source: QuerySource, nanoseconds: UInt64, times: UInt64) {
        tallies[Int(source.rawValue)].noteAlone(nanoseconds: nanoseconds, times: times)
    }

    /// Adds the counts to those of others, by source.
    borrowing func add(to durations: inout [DurationCounts]) {
        for place in 0..<5 { tallies[place].add(to: &durations[place]) }
    }

    /// Adds the counts of all sources to those of others.
    borrowing func add(to durations: inout DurationCounts) {
        for place in 0..<5 { tallies[place].add(to: &durations) }
    }
}
