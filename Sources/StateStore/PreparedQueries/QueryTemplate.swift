// SPDX-License-Identifier: Apache-2.0
import Filtering

/// A template, ready to be filled in.
struct QueryTemplate: Sendable {
    /// The instructions that the expression may become at most: anybody may ask for a name in DNS,
    /// and each of its characters costs as many steps.
    static let maximumSize = 1_000

    private let row: PreparedQueryRow
    /// The expression of the template, if it has one.
    private let expression: RegularExpression?

    /// Reads a template's expression and its texts.
    ///
    /// - Throws: what is wrong, in Consul's words where it has some.
    init(_ row: PreparedQueryRow) throws(TemplateText.Failure) {
        guard row.template.type == QueryTemplateOptions.namePrefixMatch else {
            throw TemplateText.Failure(text: "Bad Template.Type '\(row.template.type)'")
        }
        self.row = row
        if row.template.regexp.isEmpty {
            expression = nil
        } else {
            do throws(RegularExpressionError) {
                expression = try RegularExpression(
                    row.template.regexp,
                    isCapturing: true,
                    maximumSize: Self.maximumSize
                )
            } catch {
                let hint =
                    error.kind == .tooLarge
                    ? " (an expression of a template has at most \(Self.maximumSize) steps: use"
                        + " fewer and smaller repetitions)"
                    : ""
                throw TemplateText.Failure(text: "Bad Regexp: \(error)\(hint)")
            }
        }
        // Consul: filled in once, with the least name there can be, to find errors early.
        _ = try filled(for: row.name, segment: "")
    }

    /// The query for a name.
    func filled(
        for name: String,
        segment: String
    ) throws(TemplateText.Failure) -> PreparedQueryRow {
        let matches = expression?.firstMatch(in: name) ?? []
        // Consul: strings.TrimPrefix, with regard to case.
        let isPrefix = name.utf8.starts(with: row.name.utf8)
        let rest = name.utf8.dropFirst(isPrefix ? row.name.utf8.count : 0)
        let suffix = String(decoding: rest, as: UTF8.self)
        var result = row
        try result.service.forEachText { path, text throws(TemplateText.Failure) in
            do throws(TemplateText.Failure) {
                text = try TemplateText.filled(text) { placeholder in
                    switch placeholder {
                    case .fullName: name
                    case .prefix: row.name
                    case .suffix: suffix
                    case .segment: segment
                    // A group that is not there is empty: the name decides, and may be anything.
                    case .match(let number): matches.indices.contains(number) ? matches[number] : ""
                    }
                }
            } catch {
                throw TemplateText.Failure(
                    text: "Bad format '\(text)' in Service.\(path): \(error.text)"
                )
            }
        }
        if row.template.removeEmptyTags { result.service.tags.removeAll { $0.isEmpty } }
        return result
    }
}

extension ServiceQuery {
    /// Changes every text but keys, each with what Consul calls it.
    fileprivate mutating func forEachText(
        _ body: (String, inout String) throws(TemplateText.Failure) -> Void
    ) throws(TemplateText.Failure) {
        try body("Service", &service)
        for index in failover.datacenters.indices {
            try body("Failover.Datacenters[\(index)]", &failover.datacenters[index])
        }
        for index in failover.targets.indices {
            try body("Failover.Targets[\(index)].Datacenter", &failover.targets[index].datacenter)
            try body("Failover.Targets[\(index)].Peer", &failover.targets[index].peer)
        }
        for index in ignoreCheckIDs.indices {
            try body("IgnoreCheckIDs[\(index)]", &ignoreCheckIDs[index])
        }
        try body("Near", &near)
        for index in tags.indices { try body("Tags[\(index)]", &tags[index]) }
        for (key, value) in nodeMeta ?? [:] {
            var value = value
            try body("NodeMeta[\(key)]", &value)
            nodeMeta?[key] = value
        }
        for (key, value) in serviceMeta ?? [:] {
            var value = value
            try body("ServiceMeta[\(key)]", &value)
            serviceMeta?[key] = value
        }
        try body("Peer", &peer)
    }
}
