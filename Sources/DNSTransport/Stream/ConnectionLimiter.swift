// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Locking

/// Counts the open connections, all and by client address, and refuses over a limit.
final class ConnectionLimiter: Sendable {
    private struct State {
        var total = 0
        var byClient: [IPAddress?: Int] = [:]
    }

    private let state = Lock(State())
    private let limits: StreamLimits

    init(_ limits: StreamLimits) { self.limits = limits }

    /// Takes a place; false when there is none.
    ///
    /// Whoever got one gives it back.
    func take(_ client: IPAddress?) -> Bool {
        state.withLock { state in
            let own = state.byClient[client, default: 0]
            guard state.total < limits.connections, own < limits.connectionsPerClient else {
                return false
            }
            state.total += 1
            state.byClient[client] = own + 1
            return true
        }
    }

    /// Gives a place back.
    func giveBack(_ client: IPAddress?) {
        state.withLock { state in
            let own = state.byClient[client, default: 0] - 1
            state.total -= 1
            state.byClient[client] = own > 0 ? own : nil
        }
    }

    /// Connections open now.
    var count: Int { state.withLock { $0.total } }
}
