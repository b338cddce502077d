// SPDX-License-Identifier: Apache-2.0
import StateStore

/// Which protocol a service speaks, by its own defaults or by those of all proxies, and whether
/// that lets requests be routed and split (Consul: the compiler of discovery chains).
struct ServiceProtocols {
    private static let requestProtocols = ["http", "http2", "grpc"]
    private static let needingRequests: [ConfigEntryKind] = [.serviceRouter, .serviceSplitter]

    private let store: StateStore

    init(_ store: StateStore) { self.store = store }

    /// Refuses an entry with which a service would be routed or split that has no requests.
    func check(writing entry: ConfigEntryRow) throws(BodyError) { try check(entry, isGone: false) }

    /// Refuses to delete what another entry needs.
    func check(deleting entry: ConfigEntryRow) throws(BodyError) { try check(entry, isGone: true) }

    private func check(_ entry: ConfigEntryRow, isGone: Bool) throws(BodyError) {
        if Self.needingRequests.contains(entry.kind) {
            if !isGone { try demandRequests(of: entry.name, nil) }
            return
        }
        guard [.serviceDefaults, .proxyDefaults].contains(entry.kind) else { return }
        let change = Change(
            kind: entry.kind,
            name: StateStore.folded(entry.name),
            spoken: isGone ? "" : Self.spoken(entry)
        )
        for kind in Self.needingRequests {
            for dependent in store.configEntries(ofKind: kind).value
            where entry.kind == .proxyDefaults || StateStore.folded(dependent.name) == change.name {
                try demandRequests(of: dependent.name, change)
            }
        }
    }

    /// An entry of defaults as it will be.
    private struct Change {
        var kind: ConfigEntryKind
        var name: String
        var spoken: String
    }

    private func demandRequests(of service: String, _ change: Change?) throws(BodyError) {
        let spoken = protocolOf(service, change)
        if Self.requestProtocols.contains(spoken) { return }
        throw BodyError(
            "discovery chain \"\(service)\" uses a protocol \"\(spoken)\" that does not permit "
                + "advanced routing or splitting behavior"
        )
    }

    private func protocolOf(_ service: String, _ change: Change?) -> String {
        let own = spoken(.serviceDefaults, service, change)
        if !own.isEmpty { return own }
        let common = spoken(.proxyDefaults, "global", change)
        return common.isEmpty ? "tcp" : common
    }

    private func spoken(_ kind: ConfigEntryKind, _ name: String, _ change: Change?) -> String {
        if let change, change.kind == kind, change.name == StateStore.folded(name) {
            return change.spoken
        }
        return store.configEntry(kind, named: name).value.map(Self.spoken) ?? ""
    }

    private static func spoken(_ entry: ConfigEntryRow) -> String {
        let content = ConfigContent(
            (try? JSONParser.parse(Array(entry.contentJSON.utf8))) ?? .null
        )
        guard entry.kind == .proxyDefaults else { return content.text("Protocol").lowercased() }
        // The parts of Config keep the spelling that they were given.
        return ConfigContent(content["Config"] ?? .null).text("protocol").lowercased()
    }
}
