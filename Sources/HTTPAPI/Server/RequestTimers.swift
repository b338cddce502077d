// SPDX-License-Identifier: Apache-2.0
import CoreMetrics
import HTTPTypes

/// How long requests take, by method and route (`api.http`; HTTP API 9.2).
struct RequestTimers: Sendable {
    /// By the number of the route; methods are few.
    private let timers: [[(method: HTTPRequest.Method, timer: Timer)]]

    init(_ table: RouteTable, _ factory: any MetricsFactory) {
        timers = table.routes.map { route in
            route.methods.map { method in
                let labels = [("method", method.rawValue), ("path", route.metricLabel)]
                return (method, Timer(label: "api.http", dimensions: labels, factory: factory))
            }
        }
    }

    /// A request of a route is answered.
    func note(_ method: HTTPRequest.Method, _ route: Int, since start: ContinuousClock.Instant) {
        guard let timer = timers[route].first(where: { $0.method == method })?.timer else { return }
        let took = (ContinuousClock.now - start) / .nanoseconds(1)
        timer.recordNanoseconds(Int64(took))
    }
}
