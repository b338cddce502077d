// SPDX-License-Identifier: Apache-2.0
import Publication
import StateStore

@testable import DNSAnswers

/// What a view says, in a form that does not depend on where and under which numbers it lies.
///
/// The instances of a service are a set; those of a service that neither view holds to be wide also
/// stand in the same order.
struct ViewContents: Equatable, CustomStringConvertible {
    private var entries: [String: [String]] = [:]
    private var orders: [String: [String]] = [:]

    /// The contents of a view built at once.
    init(of store: StateStore, _ settings: DNSSettings) {
        let writer = DNSViewWriter(settings: settings, seed: 9)
        var changes = Changes()
        changes.isEverything = true
        writer.follow(changes, in: store)
        self.init(writer)
    }

    init(_ writer: DNSViewWriter) {
        var nodes: [UInt32: String] = [:]
        writer.table.forEachEntry { entry in
            let name = String(decoding: entry.key.octets.dropFirst(), as: UTF8.self)
            let key = "\(entry.kind) \(name)"
            if entry.kind == NodeEntry.kind {
                entries[key] = [Self.text(NodeEntry(entry))]
                return
            }
            let service = ServiceEntry(entry)
            let lines = Self.lines(service, writer, &nodes)
            entries[key] = [Self.head(service)] + lines.sorted()
            if writer.wideServices[name] == nil { orders[key] = lines }
        }
    }

    static func == (left: ViewContents, right: ViewContents) -> Bool {
        left.entries == right.entries
            && left.orders.allSatisfy { key, lines in
                right.orders[key].map { $0 == lines } ?? true
            }
    }

    /// What differs, shortly; `nil` for nothing.
    func difference(from other: ViewContents) -> String? {
        guard self != other else { return nil }
        var lines: [String] = []
        for key in Set(entries.keys).union(other.entries.keys)
        where entries[key] != other.entries[key] {
            let (mine, others) = (entries[key] ?? [], other.entries[key] ?? [])
            lines.append("\(key): \(mine.first ?? "none") | \(others.first ?? "none")")
            let only = Set(mine.dropFirst()).subtracting(others).sorted()
            let missing = Set(others.dropFirst()).subtracting(mine).sorted()
            lines += only.prefix(4).map { "  + " + $0 } + missing.prefix(4).map { "  - " + $0 }
            if only.isEmpty, missing.isEmpty { lines.append("  \(mine.count) | \(others.count)") }
        }
        return lines.isEmpty ? "another order" : lines.joined(separator: "\n")
    }

    private static func head(_ service: ServiceEntry) -> String {
        // Nobody looks further at a slow one.
        service.flags.contains(.isSlow)
            ? "\(service.flags) \(service.wireTTL)"
            : "\(service.flags) \(service.wireTTL) \(service.widestTarget) \(service.count)"
    }

    private static func lines(
        _ service: ServiceEntry,
        _ writer: DNSViewWriter,
        _ nodes: inout [UInt32: String]
    ) -> [String] {
        guard !service.flags.contains(.isSlow) else { return [] }
        let tags = RandomCatalog.tags.compactMap { tag in
            PlainName.reachableLabels(of: tag).map { (tag, $0) }
        }
        let masks = tags.map { tag, labels in
            OwnedKey(labels).withKey { key in
                (0..<service.blockCount).map {
                    service.blocks[$0].mask(of: key, mark: Block.mark(of: key))
                }
            }
        }
        return (0..<service.count).map { index in
            let record = service.blocks.record(index)
            let flags = record.flags
            let v4 = flags.contains(.hasV4) ? "\(record.wireV4)" : "-"
            let v6 = flags.contains(.hasV6) ? "\(record.wireV6)" : "-"
            if nodes[record.node] == nil, let entry = writer.table.numberedEntry(record.node) {
                nodes[record.node] = text(NodeEntry(entry))
            }
            let node = nodes[record.node]
            let bit = UInt64(1) << UInt64(index & 63)
            let has = zip(tags, masks).filter { $0.1[index >> 6] & bit != 0 }.map(\.0.0)
            return "\(flags) \(v4) \(v6) \(record.wireWeightAndPort) \(node ?? "no node") \(has)"
        }
    }

    private static func text(_ node: NodeEntry) -> String {
        let v4 = node.flags.contains(.hasV4) ? "\(node.wireV4)" : "-"
        let v6 = node.flags.contains(.hasV6) ? "\(node.wireV6)" : "-"
        var texts: [[UInt8]] = []
        node.forEachText { text in texts.append((0..<text.count).map(text.octet)) }
        let target = (0..<node.target.count).map(node.target.octet)
        return "\(node.flags) \(node.wireTTL) \(v4) \(v6) \(target) \(texts)"
    }

    var description: String {
        entries.sorted { $0.key < $1.key }
            .map { "\($0.key):\n  " + $0.value.joined(separator: "\n  ") }.joined(separator: "\n")
    }
}
