// SPDX-License-Identifier: Apache-2.0
import DNSWire
import Definitions
import StateStore

/// Which virtual address each service has, from the text of spec/dns.md 2.9: 240.0.0.1 and on, at
/// first need; freed numbers first.
struct VirtualNumbers {
    private(set) var numbers: [String: UInt32] = [:]
    private var freed: Set<UInt32> = []
    private var last: UInt32 = 0

    /// Looks at the services and config entries as they are after one write.
    mutating func follow(_ store: StateStore) {
        let services = store.nodes().value.flatMap {
            store.services(onNode: $0.name).value?.services ?? []
        }
        let reached = services.compactMap { row in
            row.connectNative
                ? row.name : row.kind == "connect-proxy" ? row.proxy?.destinationServiceName : nil
        }
        let naming: Set<ConfigEntryKind> = [
            .serviceRouter, .serviceResolver, .serviceSplitter, .serviceDefaults,
            .serviceIntentions,
        ]
        let named = store.configEntries(ofKind: nil).value
            .filter { naming.contains($0.kind) && $0.name != "*" }.map(\.name)
        let needed = Set((reached + named).map { $0.lowercased() })
        for name in needed.sorted() where numbers[name] == nil {
            if let number = freed.min() {
                freed.remove(number)
                numbers[name] = number
            } else {
                last += 1
                numbers[name] = last
            }
        }
        // One that nothing needs stays as long as there is an instance of that name.
        let alive = needed.union(services.map { $0.name.lowercased() })
        for name in numbers.keys where !alive.contains(name) {
            if let number = numbers.removeValue(forKey: name) { freed.insert(number) }
        }
    }

    /// The address of a service.
    func address(of service: String) -> IPv4Address? {
        numbers[service].flatMap {
            IPv4Address(octets: [240, $0 >> 16, $0 >> 8, $0].map(UInt8.init(truncatingIfNeeded:)))
        }
    }
}
