// SPDX-License-Identifier: Apache-2.0
import Filtering

/// What `?filter=` leaves of a list (HTTP API 3.5); all of it when no filter is given.
struct RequestFilter {
    private let filter: Filter?

    /// Reads the filter of a request; a bad one is a 500, as in Consul.
    init(_ request: APIRequest, _ fields: FilterFields) throws(APIFailure) {
        guard let text = request.query.first("filter"), !text.isEmpty else {
            filter = nil
            return
        }
        do throws(FilterError) {
            filter = try Filter(text, fields: fields)
        } catch { throw .server(error.description) }
    }

    /// Whether there is a filter.
    var isActive: Bool { filter != nil }

    /// Whether an object, given by its members, stays in the list.
    func keeps(_ member: FilterLookup) -> Bool { filter?.matches(member) ?? true }
}
