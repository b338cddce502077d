// SPDX-License-Identifier: Apache-2.0

/// Whose turn it is to be asked about: the names that wait, apart by what was seen of them.
///
/// A name that is asked about takes a place of its lane until it is answered. Names that were answered soon
/// before give up their place when they are not this time, so that a server that goes silent keeps others
/// from their turn for a moment only; the threads that ask about them are spare ones then, and there is a
/// bound to these.
struct NameLanes {
    /// Where a name waits for its turn.
    enum Lane: Hashable, CaseIterable, Sendable {
        /// The machine's own name for itself, which is in a file.
        case own
        /// Names that were answered soon the last time, also where the answer was that there is none.
        case known
        /// Names that were not, and those that were never asked about.
        case other

        /// How many may be asked about at once.
        var places: Int { self == .own ? 1 : 8 }
        /// How many more may be asked about that have given up their place.
        var spare: Int { self == .known ? 112 : 0 }
    }

    /// A name whose turn it is.
    struct Turn: Hashable, Sendable {
        /// Which turn.
        let number: UInt64
        /// The name.
        let name: String
    }

    private struct Asking {
        let lane: Lane
        let start: ContinuousClock.Instant
        var hasPlace = true
    }

    private struct Line {
        var names: ArraySlice<String> = []
        /// How many are asked about that have a place, and how many that have none.
        var (places, spare) = (0, 0)
    }

    /// How long a name has its place.
    private let patience: Duration
    private var lines: [Lane: Line] = [:]
    private var asking: [UInt64: Asking] = [:]
    private var lastNumber: UInt64 = 0

    /// Makes empty lanes.
    ///
    /// - Parameter patience: How long a name that is asked about keeps its place.
    init(patience: Duration) {
        self.patience = patience
        for lane in Lane.allCases { lines[lane] = Line() }
    }

    /// Puts a name into the line of its lane; the turns that begin, each of which needs a thread.
    mutating func enter(_ name: String, _ lane: Lane, at now: ContinuousClock.Instant) -> [Turn] {
        lines[lane]?.names.append(name)
        return turns(of: lane, at: now)
    }

    /// Ends a turn; the turns that begin, the first of which has the thread of that one.
    mutating func end(_ turn: Turn, at now: ContinuousClock.Instant) -> [Turn] {
        guard let ended = asking.removeValue(forKey: turn.number) else { return [] }
        if ended.hasPlace {
            lines[ended.lane]?.places -= 1
        } else {
            lines[ended.lane]?.spare -= 1
        }
        return turns(of: ended.lane, at: now)
    }

    /// The turns that begin because others have lasted too long.
    mutating func look(at now: ContinuousClock.Instant) -> [Turn] {
        Lane.allCases.flatMap { turns(of: $0, at: now) }
    }

    /// When to look for turns that have lasted too long; `nil` while nobody waits for that.
    var nextLook: ContinuousClock.Instant? {
        let awaited = Set(
            lines.lazy.filter { !$1.names.isEmpty && $1.spare < $0.spare }.map(\.key)
        )
        guard !awaited.isEmpty else { return nil }
        let starts = asking.values.lazy.filter { $0.hasPlace && awaited.contains($0.lane) }
        return starts.map(\.start).min()?.advanced(by: patience)
    }

    private mutating func turns(of lane: Lane, at now: ContinuousClock.Instant) -> [Turn] {
        guard var line = lines[lane] else { return [] }
        var turns: [Turn] = []
        if line.places == lane.places, line.spare < lane.spare, !line.names.isEmpty {
            let late = asking.filter {
                $1.lane == lane && $1.hasPlace && $1.start + patience <= now
            }
            for number in late.keys.sorted().prefix(lane.spare - line.spare) {
                asking[number]?.hasPlace = false
                line.places -= 1
                line.spare += 1
            }
        }
        while line.places < lane.places, let name = line.names.popFirst() {
            line.places += 1
            lastNumber += 1
            asking[lastNumber] = Asking(lane: lane, start: now)
            turns.append(Turn(number: lastNumber, name: name))
        }
        lines[lane] = line
        return turns
    }
}
