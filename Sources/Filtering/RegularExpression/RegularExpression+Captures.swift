// SPDX-License-Identifier: Apache-2.0

extension RegularExpression {
    /// The leftmost match and what its groups captured, as Go's `FindStringSubmatch`.
    ///
    /// Of several matches that begin there it is the one that alternation and repetition prefer. A
    /// group that took no part has captured the empty text.
    ///
    /// - Returns: the whole match, then one text for each group; `nil` without a match.
    public func firstMatch(in text: String) -> [String]? {
        var steps = 0
        return firstMatch(in: text, steps: &steps)
    }

    /// As ``firstMatch(in:)``; counts the instructions looked at.
    func firstMatch(in text: String, steps: inout Int) -> [String]? {
        let scalars = Array(text.unicodeScalars)
        var machine = CaptureMachine(program: program)
        machine.run(over: scalars)
        steps += machine.steps
        guard let places = machine.places(count: 2 * (groupCount + 1)) else { return nil }
        return stride(from: 0, to: places.count, by: 2).map { index in
            let (start, end) = (places[index], places[index + 1])
            guard start >= 0, end >= start else { return "" }
            var part = String.UnicodeScalarView()
            part.append(contentsOf: scalars[start..<end])
            return String(part)
        }
    }
}

/// Pike's machine: Thompson's threads in order of preference, each with the places it noted.
///
/// Each instruction is entered at most once for each place of the text, and a thread costs the same
/// however many groups there are: what it noted is a list that threads share. So time and memory
/// are bounded by program times text, whatever the pattern.
private struct CaptureMachine {
    private struct Thread {
        var position: Int
        /// Where the match begins.
        var start: Int
        /// The last note; -1 for none.
        var note: Int
    }

    /// Where a group began or ended, and what was noted before.
    private struct Note {
        var number: Int
        var place: Int
        var previous: Int
    }

    private let program: RegularProgram
    private var threads: [Thread] = []
    private var notes: [Note] = []
    private var stack: [Thread] = []
    /// The round in which an instruction was reached last.
    private var marks: [Int]
    private var round = 1
    private(set) var steps = 0
    /// The best match so far: its thread and its end.
    private var found: (thread: Thread, end: Int)?

    init(program: RegularProgram) {
        self.program = program
        marks = Array(repeating: 0, count: program.instructions.count)
    }

    mutating func run(over scalars: [Unicode.Scalar]) {
        for index in 0...scalars.count {
            // A match that begins further left wins: begin anew only while there is none.
            if found == nil {
                follow(Thread(position: 0, start: index, note: -1), at: index, of: scalars)
            }
            if threads.isEmpty, found != nil { return }
            step(at: index, of: scalars)
        }
    }

    /// Where the match and its groups begin and end, -1 where they did not; `nil` without a match.
    func places(count: Int) -> [Int]? {
        guard let found else { return nil }
        var places = [Int](repeating: -1, count: count)
        (places[0], places[1]) = (found.thread.start, found.end)
        var note = found.thread.note
        while note >= 0 {
            // The last note of a number counts, and it comes first here.
            let (number, place) = (notes[note].number, notes[note].place)
            if number < count, places[number] < 0 { places[number] = place }
            note = notes[note].previous
        }
        return places
    }

    /// Moves all threads over the character at a place, the preferred ones first.
    private mutating func step(at index: Int, of scalars: [Unicode.Scalar]) {
        let moving = threads
        threads.removeAll(keepingCapacity: true)
        round += 1
        for var thread in moving {
            steps += 1
            switch program.instructions[thread.position] {
            case .match:
                found = (thread, index)
                // Whatever is less preferred no longer counts.
                return
            case .take(let set):
                guard index < scalars.count, program.sets[set].contains(scalars[index]) else {
                    continue
                }
                thread.position += 1
                follow(thread, at: index + 1, of: scalars)
            default: continue
            }
        }
    }

    /// Adds a thread and those it forks into without a character, in order of preference.
    private mutating func follow(_ thread: Thread, at index: Int, of scalars: [Unicode.Scalar]) {
        let place = RegularPlace(
            previous: index > 0 ? scalars[index - 1] : nil,
            next: index < scalars.count ? scalars[index] : nil
        )
        stack.append(thread)
        while var thread = stack.popLast() {
            steps += 1
            let position = thread.position
            guard marks[position] != round else { continue }
            marks[position] = round
            switch program.instructions[position] {
            case .take, .match: threads.append(thread)
            case .jump(let target):
                thread.position = target
                stack.append(thread)
            case .split(let one, let other):
                thread.position = other
                stack.append(thread)
                thread.position = one
                stack.append(thread)
            case .save(let number):
                notes.append(Note(number: number, place: index, previous: thread.note))
                thread.note = notes.count - 1
                thread.position += 1
                stack.append(thread)
            case .check(let condition):
                guard place.fulfils(condition) else { continue }
                thread.position += 1
                stack.append(thread)
            }
        }
    }
}
