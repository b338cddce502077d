// SPDX-License-Identifier: Apache-2.0

import Definitions

extension StateStore {
    /// The longest name that can be a query's.
    static let longestQueryName = NameLimit.octets

    /// All prepared queries, by ID (`/v1/query`).
    public func preparedQueries() -> Indexed<[PreparedQueryRow]> {
        Indexed(
            preparedQueryTable.queries.values().map(\.row),
            index: tableIndexes.preparedQueries,
            topics: [.preparedQueries]
        )
    }

    /// The prepared query of an ID (`/v1/query/:id`).
    public func preparedQuery(withID id: String) -> Indexed<PreparedQueryRow?> {
        Indexed(
            preparedQueryTable.query(withID: id)?.row,
            index: tableIndexes.preparedQueries,
            topics: [.preparedQueries]
        )
    }

    /// Finds the query that an ID or a name means, and fills it in if it is a template.
    ///
    /// Order: an ID, if the text looks like one; the exact name; the template with the longest name
    /// that the text begins with (DNS 2.9).
    ///
    /// - Returns: the query; `nil` when there is none.
    public func resolvePreparedQuery(
        _ idOrName: String,
        segment: String
    ) throws(PreparedQueryFailure) -> PreparedQueryRow? {
        // Consul: state.PreparedQueryResolve
        // No query has a longer name, and a template answers none.
        guard !idOrName.isEmpty, idOrName.utf8.count <= NameLimit.octets else { return nil }
        if Self.isUUID(idOrName), let query = preparedQueryTable.query(withID: idOrName) {
            guard query.template == nil else {
                throw PreparedQueryFailure(
                    description:
                        "prepared query templates can only be resolved up by name, not by ID"
                )
            }
            return query.row
        }
        let query =
            preparedQueryTable.query(named: idOrName) ?? preparedQueryTable.template(for: idOrName)
        guard let query, let template = query.template else { return query?.row }
        do throws(TemplateText.Failure) {
            var row = try template.filled(for: idOrName, segment: segment)
            // The template was read before the row got its indexes.
            row.createIndex = query.row.createIndex
            row.modifyIndex = query.row.modifyIndex
            return row
        } catch {
            throw PreparedQueryFailure(description: error.text)
        }
    }

    /// Whether a text is written as a UUID is: 8-4-4-4-12 hexadecimal digits.
    static func isUUID(_ text: String) -> Bool {
        let octets = Array(text.utf8)
        return octets.count == 36
            && octets.enumerated().allSatisfy { place, octet in
                [8, 13, 18, 23].contains(place)
                    ? octet == UInt8(ascii: "-")
                    : (0x30...0x39).contains(octet) || (0x61...0x66).contains(octet | 0x20)
            }
    }
}
