// SPDX-License-Identifier: Apache-2.0

/// Text in columns: cells padded to the widest of their column, two blanks between columns, no
/// blanks at the end of a line (spec cli.md 3).
struct ColumnTable {
    var rows: [[String]]
    var gap = 2

    /// The lines, joined by line breaks, without a final one.
    var text: String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column < row.count - 1 {
                    line += String(repeating: " ", count: widths[column] - cell.count + gap)
                }
            }
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}
