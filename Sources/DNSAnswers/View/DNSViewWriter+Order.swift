// SPDX-License-Identifier: Apache-2.0
import StateStore

extension DNSViewWriter {
    /// A snapshot in which the instances of wide services stand in the order of their entries: for
    /// those who compare the two lines of answers after changes (``WideService``).
    @_spi(Comparison)
    public func ordered(_ snapshot: DNSSnapshot) -> DNSSnapshot {
        var names: [UInt32: String] = [:]
        for (name, number) in nodeNumbers { names[number] = name.folded }
        var places: [String: [String: Int]] = [:]
        for (name, wide) in wideServices {
            for place in 0..<wide.count {
                let node = names[wide.record(place).node] ?? ""
                places[name, default: [:]]["\(node)/\(wide.ids[place])"] = place
            }
        }
        var snapshot = snapshot
        snapshot.instanceOrder = { [places] name, instances in
            guard let places = places[StateStore.folded(name)] else { return instances }
            func place(_ instance: InstanceView) -> Int {
                places["\(StateStore.folded(instance.node.name))/\(instance.service.id)"] ?? .max
            }
            return instances.map { (place($0), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
        return snapshot
    }
}
