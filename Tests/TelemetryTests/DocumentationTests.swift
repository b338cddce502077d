// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Telemetry

@Suite("Dashboard, alerts and documentation name what is measured")
struct DocumentationTests {
    private static func text(_ path: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Every name that Prometheus can see, with what summaries add.
    private static let names: Set<String> = {
        var names: Set<String> = []
        for entry in MetricCatalogue.all {
            var book = MetricBook(naming: MetricNaming(), retention: 60, now: 0)
            book.advance(to: 1)
            guard let id = book.series(MetricKey(entry.name), entry.kind) else { continue }
            switch entry.kind {
            case .gauge: book.set(id, to: 1)
            case .counter: book.add(1, to: id)
            case .sample: book.take(1, in: id)
            case .histogram:
                book.set(id, to: MetricBook.Histogram(bounds: [1], counts: [1, 0], sum: 1))
            }
            for line in PrometheusText.text(book).split(separator: "\n")
            where !line.hasPrefix("#") {
                names.insert(String(line.prefix { $0 != "{" && $0 != " " }))
            }
        }
        return names
    }()

    @Test(
        "every query of the Grafana dashboard and of the alerts asks for names that exist",
        arguments: [("grafana/waypost.json", 31), ("prometheus/alerts.yml", 10)]
    )
    func queries(file: String, atLeast count: Int) throws {
        let text = try Self.text("examples/\(file)")
        let names = text.matches(of: /\b(consul|waypost)_[A-Za-z0-9_]+/).map { String($0.output.0) }
        #expect(Set(names).count >= count)
        #expect(Set(names).subtracting(Self.names) == [])
    }

    @Test("docs/operations/metrics.md lists every series, its kind, labels and meaning")
    func documentation() throws {
        let lines = try Self.text("docs/operations/metrics.md").split(separator: "\n")
        let rows = lines.filter { $0.hasPrefix("| `") }
        #expect(rows.count == MetricCatalogue.all.count)
        for entry in MetricCatalogue.all {
            let labels = entry.labels.joined(separator: ", ")
            let end = "` | \(entry.kind) | \(labels) | \(entry.help) |"
            let row = rows.first { $0.hasSuffix(end) }
            let name = row?.dropFirst(3).prefix { $0 != "`" }.description ?? ""
            let seen = Self.names.contains(name) || Self.names.contains(name + "_count")
            #expect(seen, "\(entry.name)")
        }
    }
}
