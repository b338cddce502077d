// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore

/// Decodes the body of `PUT /v1/session/create` (HTTP API 5.8).
enum SessionBody {
    /// Sets what the body names; members that are unknown are ignored (API-080).
    ///
    /// - Returns: a behavior that there is not; `nil` when all is well.
    static func fill(
        _ session: inout SessionRow,
        from value: JSONValue
    ) throws(BodyError) -> String? {
        var reader = try JSONObjectReader(value, type: "structs.Session")
        session.name = try reader.string("Name")
        let node = try reader.string("Node")
        if !node.isEmpty { session.node = node }
        if let delay = try lockDelay(&reader) { session.lockDelay = delay }
        let behavior = try reader.string("Behavior")
        session.ttl = try reader.string("TTL")
        if reader.isNull("NodeChecks") { session.nodeChecks = [] }
        if let checks = try reader.strings("NodeChecks") { session.nodeChecks = checks }
        // How it was called before checks of services came.
        if reader.isNull("Checks") { session.nodeChecks = [] }
        if let checks = try reader.strings("Checks") { session.nodeChecks = checks }
        if let elements = try reader.elements("ServiceChecks") {
            var checks: [SessionServiceCheck] = []
            for element in elements {
                var reader = try JSONObjectReader(element, type: "structs.ServiceCheck")
                checks.append(
                    SessionServiceCheck(
                        id: try reader.string("ID"),
                        namespace: try reader.string("Namespace")
                    )
                )
            }
            session.serviceChecks = checks
        }
        guard !behavior.isEmpty else { return nil }
        guard let known = SessionBehavior(rawValue: behavior) else { return behavior }
        session.behavior = known
        return nil
    }

    /// Low values are seconds (API-078): so clients of Consul's first days wrote them.
    private static func lockDelay(
        _ reader: inout JSONObjectReader
    ) throws(BodyError) -> Duration? {
        guard let delay = try reader.duration("LockDelay") else { return nil }
        let nanoseconds = GoDuration.nanoseconds(delay)
        return (0..<1000).contains(nanoseconds) ? .seconds(nanoseconds) : delay
    }
}
