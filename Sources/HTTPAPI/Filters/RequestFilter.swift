// SPDX-License-Identifier: Apache-2.0
import Filtering
import Locking

/// What `?filter=` leaves of a list (HTTP API 3.5); all of it when no filter is given.
struct RequestFilter {
    private let work: Work?

    /// A filter with what is left of its budget.
    private final class Work: Sendable {
        let filter: Filter
        let budget = Lock(FilterBudget())

        init(_ filter: Filter) { self.filter = filter }
    }

    /// Reads the filter of a request; a bad one is a 500, as in Consul.
    init(_ request: APIRequest, _ fields: FilterFields) throws(APIFailure) {
        guard let text = request.query.first("filter"), !text.isEmpty else {
            work = nil
            return
        }
        do throws(FilterError) {
            work = Work(try Filter(text, fields: fields))
        } catch { throw .server(error.description) }
    }

    /// Whether there is a filter.
    var isActive: Bool { work != nil }

    /// Begins anew with the whole budget: a read that may wait is done more than once.
    func restart() { work?.budget.withLock { $0 = FilterBudget() } }

    /// Whether an object, given by its members, stays in the list, which is good only if ``finish()`` says so.
    func keeps(_ member: FilterLookup) -> Bool {
        guard let work else { return true }
        return work.budget.withLock { work.filter.matches(member, &$0) }
    }

    /// The same, for members that are made for the whole evaluation: not at all without a filter.
    func keeps(members: @autoclosure () -> FilterLookup) -> Bool {
        work == nil || keeps(members())
    }

    /// Must be called when all of the list was asked about: refuses what was too much work, with a 500 as a bad filter.
    func finish() throws(APIFailure) {
        guard let work, work.budget.withLock({ $0.isSpent }) else { return }
        throw .server(FilterError.tooCostly.description)
    }
}
