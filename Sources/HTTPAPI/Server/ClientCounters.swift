// SPDX-License-Identifier: Apache-2.0
import CoreMetrics

/// How often the endpoints of the catalog are called: `client.api.<name>` when a request is let in, then
/// `client.api.success.<name>` or, when the state could not be read or written, `client.rpc.error.<name>`.
///
/// Consul labels them with the agent's node, and has them of no other endpoints.
struct ClientCounters: Sendable {
    private struct Counters: Sendable {
        let calls: Counter
        let successes: Counter
        let failures: Counter
    }

    /// By the number of the route.
    private let counters: [Counters?]

    init(_ table: RouteTable, node: String, _ factory: any MetricsFactory) {
        let labels = [("node", node)]
        func counter(_ label: String) -> Counter {
            Counter(label: label, dimensions: labels, factory: factory)
        }
        counters = table.routes.map { route in
            route.countedAs.map { name in
                Counters(
                    calls: counter("client.api." + name),
                    successes: counter("client.api.success." + name),
                    failures: counter("client.rpc.error." + name)
                )
            }
        }
    }

    /// A request of a route is let in; one that waits counts once.
    func noteCall(_ route: Int) { counters[route]?.calls.increment() }

    /// A request of a route is answered.
    func noteReply(_ route: Int, status: Int) {
        if status < 300 {
            counters[route]?.successes.increment()
        } else if status >= 500 {
            counters[route]?.failures.increment()
        }
    }
}
