// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore
import Testing

@Suite("Health of an instance")
struct HealthStatusTests {
    private static let odd = CheckStatus(rawValue: "odd")

    @Test(
        "is the worst of its checks: maintenance, critical, warning, passing; odd texts are unknown",
        arguments: [
            ([], .passing),
            ([check("a", .passing)], .passing),
            ([check("a", .passing), check("b", .warning)], .warning),
            ([check("a", .critical), check("b", .warning)], .critical),
            ([check("a", .critical), check("_node_maintenance", .critical)], .maintenance),
            ([check("_service_maintenance:web", .critical)], .maintenance),
            ([check("_service_maintenance", .critical)], .critical),
            ([check("a", .critical), check("b", odd)], .unknown),
            ([check("_node_maintenance", odd), check("a", .passing)], .maintenance),
            ([check("_node_maintenance", .critical), check("b", odd)], .unknown),
        ] as [([CheckRow], HealthStatus)]
    )
    func aggregate(checks: [CheckRow], expected: HealthStatus) {
        #expect(InstanceHealth(checks).status == expected)
    }

    @Test(
        "decides what DNS serves: nothing critical; with only_passing nothing but passing",
        arguments: [
            ([], true, true),
            ([check("a", .passing)], true, true),
            ([check("a", .warning)], true, false),
            ([check("a", odd)], true, false),
            ([check("a", .critical)], false, false),
            ([check("a", odd), check("b", .critical)], false, false),
            ([check("_node_maintenance", .critical)], false, false),
        ] as [([CheckRow], Bool, Bool)]
    )
    func served(checks: [CheckRow], isServed: Bool, whenOnlyPassing: Bool) {
        let health = InstanceHealth(checks)
        #expect(health.isServed(onlyPassing: false) == isServed)
        #expect(health.isServed(onlyPassing: true) == whenOnlyPassing)
        #expect(health.isPassing == whenOnlyPassing)
    }

    @Test(
        "chooses the SRV weight",
        arguments: [
            (.passing, 7), (.warning, 3), (.critical, 0), (.maintenance, 0), (.unknown, 1),
        ] as [(HealthStatus, Int)]
    )
    func weight(status: HealthStatus, expected: Int) {
        #expect(ServiceWeights(passing: 7, warning: 3).weight(for: status) == expected)
    }
}
