// SPDX-License-Identifier: Apache-2.0

/// Finds what somebody may have meant.
public enum Suggestion {
    /// The nearest candidate, if it is near enough: a third of the word's length may differ.
    public static func nearest(to word: String, among candidates: [String]) -> String? {
        let word = word.lowercased()
        let limit = max(1, word.utf8.count / 3)
        var best: (candidate: String, distance: Int)?
        for candidate in candidates
        where abs(candidate.utf8.count - word.utf8.count) <= limit {
            let distance = distance(from: word, to: candidate.lowercased())
            if distance <= limit, distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.candidate
    }

    /// The number of octets to insert, delete, exchange or swap with a neighbour (Damerau).
    static func distance(from left: String, to right: String) -> Int {
        let (left, right) = (Array(left.utf8.prefix(64)), Array(right.utf8.prefix(64)))
        var older: [Int] = []
        var previous = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                var cost = min(
                    previous[column + 1] + 1,
                    current[column] + 1,
                    previous[column] + (left[row] == right[column] ? 0 : 1)
                )
                if row > 0, column > 0, left[row] == right[column - 1],
                    left[row - 1] == right[column]
                {
                    cost = min(cost, older[column - 1] + 1)
                }
                current.append(cost)
            }
            older = previous
            previous = current
        }
        return previous[right.count]
    }
}
