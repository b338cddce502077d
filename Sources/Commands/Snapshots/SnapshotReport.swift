// SPDX-License-Identifier: Apache-2.0
internal import SnapshotArchive
internal import StateStore

/// What `snapshot inspect` prints.
struct SnapshotReport {
    /// A line of a table.
    private struct Line {
        var name: String
        var figure: SnapshotDigest.Figure
    }

    private let digest: SnapshotDigest
    private let hasKeys: Bool
    private let kinds: [Line]
    private let keys: [Line]

    /// Makes a report.
    ///
    /// - Parameters:
    ///   - digest: what was found.
    ///   - hasKeys: whether keys were asked for.
    init(_ digest: SnapshotDigest, hasKeys: Bool) {
        self.digest = digest
        self.hasKeys = hasKeys
        kinds = Self.lines(digest.kinds)
        keys = Self.lines(digest.keys)
    }

    /// The largest first, as Consul's.
    private static func lines(_ figures: [String: SnapshotDigest.Figure]) -> [Line] {
        figures.map { Line(name: $0.key, figure: $0.value) }
            .sorted { ($1.figure.octets, $0.name) < ($0.figure.octets, $1.name) }
    }

    private static func total(_ lines: [Line]) -> Int { lines.reduce(0) { $0 + $1.figure.octets } }

    /// The report as tables.
    var text: String {
        let metadata = digest.metadata
        let head = [
            ["ID", metadata.id], ["Size", "\(metadata.size)"], ["Index", "\(metadata.index)"],
            ["Term", "\(metadata.term)"], ["Version", "\(metadata.version)"],
        ]
        var parts = [Self.table(head), Self.table(Self.rows(kinds, title: "Type"))]
        if hasKeys { parts.append(Self.table(Self.rows(keys, title: "Key Name"))) }
        return parts.joined(separator: "\n\n")
    }

    private static func rows(_ lines: [Line], title: String) -> [[String]] {
        let dashes = ["----", "----", "----"]
        return [[title, "Count", "Size"], dashes]
            + lines.map { [$0.name, "\($0.figure.count)", ByteSize.text($0.figure.octets)] }
            + [dashes, ["Total", "", ByteSize.text(total(lines))]]
    }

    /// Columns as Consul's: a blank in front, six behind the widest cell.
    private static func table(_ rows: [[String]]) -> String {
        ColumnTable(rows: rows.map { row in [" " + (row.first ?? "")] + row.dropFirst() }, gap: 6)
            .text
    }

    /// The report as JSON, with the members of Consul's.
    var json: String {
        let metadata = digest.metadata
        return """
            {
               "Meta": {
                  "ID": "\(metadata.id)",
                  "Size": \(metadata.size),
                  "Index": \(metadata.index),
                  "Term": \(metadata.term),
                  "Version": \(metadata.version)
               },
               "Stats": \(Self.json(kinds)),
               "StatsKV": \(hasKeys ? Self.json(keys) : "null"),
               "TotalSize": \(Self.total(kinds)),
               "TotalSizeKV": \(Self.total(keys))
            }
            """
    }

    private static func json(_ lines: [Line]) -> String {
        if lines.isEmpty { return "[]" }
        let objects = lines.map { line in
            """
                  {
                     "Name": \(GoJSON.quoted(line.name)),
                     "Sum": \(line.figure.octets),
                     "Count": \(line.figure.count)
                  }
            """
        }
        return "[\n" + objects.joined(separator: ",\n") + "\n   ]"
    }
}
