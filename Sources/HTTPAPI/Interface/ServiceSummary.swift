// SPDX-License-Identifier: Apache-2.0
import Definitions
import StateStore

/// A service as Consul's web interface lists it (`/v1/internal/ui/services`): all its instances in
/// one line.
struct ServiceSummary {
    let name: String
    private(set) var kind = ""
    private(set) var datacenter = ""
    private var tags: Set<String> = []
    private var nodes: Set<String> = []
    private var sources: [String] = []
    private(set) var instanceCount = 0
    /// Every check once, however many instances of the node it counts for.
    private var checks: [CheckKey: CheckStatus] = [:]
    /// Services that a gateway is linked to, and where a service is reached through gateways.
    var linkedServices = 0
    private var addresses: [String] = []
    /// Whether all proxies are transparent; `nil` without one.
    private var isTransparent: Bool?
    private var isNative = false
    fileprivate(set) var hasProxy = false

    private struct CheckKey: Hashable {
        var node: String
        var id: String
    }

    init(_ name: String) { self.name = name }

    fileprivate mutating func add(_ instance: InstanceView, in datacenter: String) {
        let service = instance.service
        kind = service.kind
        self.datacenter = datacenter
        instanceCount += 1
        nodes.insert(instance.node.name)
        tags.formUnion(service.tags)
        if service.connectNative { isNative = true }
        // Consul: structs.MetaExternalSource.
        if let source = service.meta?["external-source"], !source.isEmpty,
            !sources.contains(source)
        {
            sources.append(source)
        }
        addChecks(of: instance)
    }

    /// A proxy of this service.
    fileprivate mutating func addProxy(_ instance: InstanceView) {
        hasProxy = true
        addChecks(of: instance)
        let isTransparent = instance.service.proxy?.mode == "transparent"
        self.isTransparent = (self.isTransparent ?? true) && isTransparent
    }

    fileprivate mutating func addChecks(of instance: InstanceView) {
        for check in instance.checks {
            checks[CheckKey(node: instance.nodeName, id: check.id)] = check.status
        }
    }

    mutating func addAddresses(_ more: [String]) {
        for address in more where !addresses.contains(address) { addresses.append(address) }
    }

    /// Writes the members; those of the listing go on from there.
    func writeMembers(to writer: inout JSONWriter) {
        if !kind.isEmpty { writer.member("Kind", kind) }
        writer.member("Name", name)
        writer.member("Datacenter", datacenter)
        Self.list("Tags", tags.sorted(by: Self.precedes), to: &writer)
        Self.list("Nodes", nodes.sorted(by: Self.precedes), to: &writer)
        Self.list("ExternalSources", sources, to: &writer)
        writer.member("InstanceCount", instanceCount)
        for (name, status) in [
            ("ChecksPassing", CheckStatus.passing), ("ChecksWarning", .warning),
            ("ChecksCritical", .critical),
        ] {
            writer.member(name, checks.values.count(where: { $0 == status }))
        }
        writer.key("GatewayConfig")
        writer.object { writer in
            if linkedServices > 0 { writer.member("AssociatedServiceCount", linkedServices) }
            if !addresses.isEmpty { writer.member("Addresses", addresses) }
        }
        writer.member("TransparentProxy", isTransparent ?? false)
        writer.member("ConnectNative", isNative)
    }

    // Go: a list that nothing was added to.
    private static func list(_ name: String, _ values: [String], to writer: inout JSONWriter) {
        if values.isEmpty {
            writer.key(name)
            writer.null()
        } else {
            writer.member(name, values)
        }
    }

    static func precedes(_ one: String, _ other: String) -> Bool {
        one.utf8.lexicographicallyPrecedes(other.utf8)
    }
}

/// The summaries of services, by name.
struct ServiceSummaries {
    private(set) var summaries: [String: ServiceSummary] = [:]

    /// Sums instances up; a proxy counts for its own name and for the service that it stands for,
    /// which is listed even without an instance.
    init(of instances: [InstanceView] = [], in datacenter: String) {
        for instance in instances {
            let service = instance.service
            self[service.name].add(instance, in: datacenter)
            guard service.kind == "connect-proxy",
                let destination = service.proxy?.destinationServiceName
            else { continue }
            self[destination].addProxy(instance)
        }
    }

    /// The summary of a name, begun when it is not there yet.
    subscript(name: String) -> ServiceSummary {
        get { summaries[name] ?? ServiceSummary(name) }
        set { summaries[name] = newValue }
    }

    var sorted: [ServiceSummary] {
        summaries.values.sorted { ServiceSummary.precedes($0.name, $1.name) }
    }
}
