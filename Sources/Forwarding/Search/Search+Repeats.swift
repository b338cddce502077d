// SPDX-License-Identifier: Apache-2.0

/// What was asked of one upstream in its turn.
struct AskedTurn: Sendable {
    /// How the question is sent again; nil when it is not: the upstream has spoken, or is not there.
    var form: TryForm?
    /// When its time began.
    var since: UInt64
    /// Datagrams that were sent.
    var sends = 1
    /// Whether it was told that there was no reply in time.
    var hasFailed = false
}

/// Sending a question again whose datagram, or its reply, may have been lost.
///
/// Each time with a new socket and ID, after a wait that doubles; the tries before go on listening,
/// for whoever is slow has lost nothing. A repetition gives an upstream no more time than it has.
extension Search {
    /// Whether datagrams are sent again: TCP does that by itself, and probes come again.
    var repeats: Bool {
        switch plan.purpose {
        case .overUDP, .chase: true
        case .overTCP, .probe: false
        }
    }

    /// The turn whose question is sent again next: the first one of those that were sent the fewest.
    func turnToRepeat(_ now: UInt64) -> Int? {
        guard !isFinished, now < deadline, tries.count < Self.maximumTries else { return nil }
        return row.indices.filter { turn in
            let asked = row[turn]
            return asked.form != nil && asked.sends < Self.maximumSends
                && now < asked.since + plan.turns[turn].limit
        }.min { row[$0].sends < row[$1].sends }
    }

    /// Sends the question again; false when there is nobody to send it to.
    mutating func askAgain(
        _ now: UInt64,
        _ generator: inout some RandomNumberGenerator,
        _ report: (AttemptEvent, Int) -> Bool
    ) -> Bool {
        while let turn = turnToRepeat(now), let form = row[turn].form {
            guard report(.begun, plan.turns[turn].upstream) else {
                row[turn].form = nil
                continue
            }
            let patience = plan.turns[turn].timeout << UInt64(row[turn].sends)
            row[turn].sends += 1
            open(form, patience: patience, now, &generator)
            return true
        }
        return false
    }

    /// A try whose upstream has spoken, without the others with the same question to it.
    ///
    /// It is waited for if any of them was.
    mutating func alone(_ open: OpenTry, _ report: (AttemptEvent, Int) -> Bool) -> OpenTry {
        var open = open
        for other in tries where other.form.turn == open.form.turn && other.number != open.number {
            close(other.number, report)
            open.isOvertaken = open.isOvertaken && other.isOvertaken
        }
        return open
    }
}
