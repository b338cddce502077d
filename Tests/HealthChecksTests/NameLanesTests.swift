// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import HealthChecks

@Suite("Whose turn it is to be asked about")
struct NameLanesTests {
    private let start = ContinuousClock.now

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant {
        start + .milliseconds(milliseconds)
    }

    /// Lanes with a line of known names in them.
    private func lanes(of count: Int) -> (lanes: NameLanes, turns: [NameLanes.Turn]) {
        var lanes = NameLanes(patience: .milliseconds(100))
        let turns = (0..<count).flatMap { lanes.enter("\($0)", .known, at: start) }
        return (lanes, turns)
    }

    @Test("names come in their order as others are answered, each in its own lane")
    func order() {
        var (lanes, turns) = lanes(of: 10)
        #expect(turns.map(\.name) == (0..<8).map { "\($0)" })
        #expect(lanes.enter("localhost", .own, at: start).count == 1)
        #expect(lanes.enter("new", .other, at: start).count == 1)
        #expect(lanes.end(turns[3], at: at(1)).map(\.name) == ["8"])
        #expect(lanes.end(turns[0], at: at(1)).map(\.name) == ["9"])
        #expect(lanes.end(turns[1], at: at(1)).isEmpty && lanes.nextLook == nil)
        // A turn ends once.
        #expect(lanes.end(turns[1], at: at(1)).isEmpty)
    }

    @Test("known names that take too long give up their place, but there is a bound to that")
    func patience() {
        let bound = NameLanes.Lane.known.spare
        var (lanes, turns) = lanes(of: bound + 8 + 3)
        #expect(lanes.nextLook == at(100))
        #expect(lanes.look(at: at(99)).isEmpty)
        var time = 0
        while let look = lanes.nextLook {
            time += 100
            #expect(look == at(time))
            let more = lanes.look(at: look)
            #expect(more.count == 8)
            turns += more
        }
        #expect(turns.count == bound + 8 && time == bound / 8 * 100)
        // Now each that ends makes room for one.
        #expect(lanes.look(at: at(100_000)).isEmpty)
        for turn in turns.prefix(3) {
            #expect(lanes.nextLook == nil)
            #expect(lanes.end(turn, at: at(100_000)).count == 1)
        }
        #expect(lanes.end(turns[3], at: at(100_000)).isEmpty)
    }

    @Test("others keep theirs: silent names hold up each other, not the machine")
    func others() {
        for lane in [NameLanes.Lane.own, .other] {
            var lanes = NameLanes(patience: .milliseconds(100))
            let turns = (0..<20).flatMap { lanes.enter("\($0)", lane, at: start) }
            #expect(turns.count == lane.places && lanes.nextLook == nil)
            #expect(lanes.look(at: at(100_000)).isEmpty)
        }
    }
}
