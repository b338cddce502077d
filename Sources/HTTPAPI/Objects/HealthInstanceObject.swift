// SPDX-License-Identifier: Apache-2.0
import StateStore

/// Writes `CheckServiceNode`: node, service and checks of an instance, as in `health/service` and
/// the execution of prepared queries (HTTP API 5.16).
enum HealthInstanceObject {
    static func write(
        _ instances: [InstanceView],
        datacenter: String,
        to writer: inout JSONWriter
    ) {
        writer.array(instances) { writer, instance in
            writer.object { writer in
                writer.key("Node")
                NodeObject.write(instance.node, datacenter: datacenter, to: &writer)
                writer.key("Service")
                NodeServiceObject.write(instance.service, to: &writer)
                writer.key("Checks")
                CheckObject.write(instance.checks, to: &writer)
            }
        }
    }
}
