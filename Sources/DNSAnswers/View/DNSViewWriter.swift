// SPDX-License-Identifier: Apache-2.0
import DNSWire
public import DNSZones
public import Publication
public import StateStore

/// Keeps the view of the fast line in step with the state: one entry for each service and each
/// node that DNS can answer with.
///
/// It is used on one thread, the one that applies commands. An entry is built, then one slot is
/// stored; readers see the old one or the new one. ``publish()`` ends a group of changes, and only
/// then may anybody be told of them.
///
/// The entry of a service of up to 32 instances is built whole from the state; of a wider one only
/// the blocks of those instances that changed, whatever its width (``WideService``).
@safe
public final class DNSViewWriter {
    /// What the configuration says about answers.
    public private(set) var settings: DNSSettings {
        @inline(__always) _read { yield state.value.settings }
        @inline(__always) _modify { yield &state.value.settings }
    }

    let table: PublishedTable

    /// What every change uses.
    private struct State: ~Copyable {
        var settings: DNSSettings {
            didSet { rules = ViewRules(settings) }
        }
        var rules: ViewRules
        var nodeNames: [NodeName] = []
        var nodeNumbers: [NodeName: UInt32] = [:]
        var wideServices: [String: WideService] = [:]
        /// The one of them that changed last: it often is the next too.
        var recent: WideService?
        // Filled anew for each block, each narrow service and each instance.
        var draft = BlockDraft()
        var counts: ServiceCounts
        var tags = TagWords()
        var liveOctets = 0
        /// Entries of services that were made apart from the view.
        var madeEntries: [Entry] = []

        init(settings: DNSSettings, counts: consuming ServiceCounts) {
            self.settings = settings
            rules = ViewRules(settings)
            self.counts = counts
        }
    }

    private let state: Unshared<State>
    /// What every change asks of ``settings``.
    var rules: ViewRules { state.value.rules }
    /// The names of nodes by number; that of a number which is not given is undefined.
    var nodeNames: [NodeName] {
        @inline(__always) _read { yield state.value.nodeNames }
        @inline(__always) _modify { yield &state.value.nodeNames }
    }
    /// The numbers of nodes by folded name.
    var nodeNumbers: [NodeName: UInt32] {
        @inline(__always) _read { yield state.value.nodeNumbers }
        @inline(__always) _modify { yield &state.value.nodeNumbers }
    }
    /// Services with many instances, by folded name.
    var wideServices: [String: WideService] {
        _read { yield state.value.wideServices }
        _modify {
            state.value.recent = nil
            yield &state.value.wideServices
        }
    }
    var draft: BlockDraft {
        @inline(__always) _read { yield state.value.draft }
        @inline(__always) _modify { yield &state.value.draft }
    }
    var counts: ServiceCounts {
        @inline(__always) _read { yield state.value.counts }
        @inline(__always) _modify { yield &state.value.counts }
    }
    var tags: TagWords {
        @inline(__always) _read { yield state.value.tags }
        @inline(__always) _modify { yield &state.value.tags }
    }
    /// Octets of entries that are in the view now.
    public internal(set) var liveOctets: Int {
        @inline(__always) _read { yield state.value.liveOctets }
        @inline(__always) _modify { yield &state.value.liveOctets }
    }
    /// Entries that were made apart from the view.
    var madeEntries: [Entry] {
        @inline(__always) _read { yield state.value.madeEntries }
        @inline(__always) _modify { yield &state.value.madeEntries }
    }
    /// Whether this makes parts of the view of another writer, and stores nothing.
    let isApart: Bool
    /// Who takes part when everything is built anew.
    public var worker: any PartsWorker
    private var zones = ZoneSet()
    /// The table of the zones that readers may hold now.
    private var zoneTable: UnsafeMutableRawPointer?
    /// Octets of the table of the static zones.
    public private(set) var zoneOctets = 0
    private var zoneBasis: PreparedZones.Basis?
    private var configurationSize = 0

    /// A view of nothing, published.
    ///
    /// - Parameters:
    ///   - settings: what the configuration says about answers.
    ///   - seed: from the system's generator; it makes hashes unpredictable.
    ///   - worker: who takes part when everything is built anew.
    public init(
        settings: DNSSettings,
        seed: UInt64,
        worker: some PartsWorker = OneThread()
    ) {
        table = PublishedTable(seed: seed)
        isApart = false
        self.worker = worker
        state = Unshared(
            State(
                settings: settings,
                counts: ServiceCounts(seed: seed, countsWeights: true)
            )
        )
        storeConfiguration()
        publish()
    }

    /// A writer that makes entries of services apart from the view, while that does not change.
    init(apart basis: Basis) {
        table = basis.table
        isApart = true
        worker = OneThread()
        state = Unshared(
            State(
                settings: basis.settings,
                counts: ServiceCounts(seed: table.seed, countsWeights: true)
            )
        )
        nodeNames = basis.nodeNames
    }

    deinit {
        // What it made belongs to another writer.
        if isApart { return }
        for wide in wideServices.values { retireBlocks(of: wide) }
        table.forEachEntry { if $0.kind == ServiceEntry.kind { table.retire($0) } }
        for number in nodeNumbers.values { table.retireNumbered(number) }
        unsafe retireConfiguration(table.replaceConfiguration(nil))
        if let zoneTable = unsafe zoneTable { unsafe table.retire(zoneTable, size: zoneOctets) }
    }

    /// Where readers begin.
    public var root: UnsafePointer<ViewRoot> { unsafe table.root }

    /// Makes a reader: one for each thread that answers.
    public func makeReader() -> ViewReader { table.makeReader() }

    /// Octets that were replaced and that a reader may still hold.
    public var retiredOctets: Int { table.retiredOctets }

    /// The lowest epoch that a reader is in; the highest number when none is inside.
    public var lowestReaderEpoch: UInt64 { table.lowestAnnouncedEpoch }

    /// The number of names in the view.
    public var nameCount: Int { table.count }

    /// Follows what commands have changed.
    ///
    /// Nodes come first and go last: an entry never refers to a number without a node.
    public func follow(_ changes: Changes, in state: StateStore) {
        if changes.isEverything {
            rebuild(from: state)
            return
        }
        if !changes.nodes.isEmpty {
            for name in changes.nodes {
                if let node = state.node(named: name) { _ = store(node) }
            }
        }
        // The usual change, without a list.
        let only = changes.instances.count == 1 ? changes.instances.first : nil
        if let only, changes.services.count == 1, let wide = wideService(only.service) {
            follow(only, of: wide, in: state)
            finish(wide, wide.name, in: state)
        } else {
            let touched = followInstances(changes.instances, in: state)
            for name in changes.services where wideServices[name]?.isTouched != true {
                rebuildService(name, in: state)
            }
            for (name, wide) in touched { finish(wide, name, in: state) }
        }
        guard !changes.nodes.isEmpty else { return }
        for name in changes.nodes where state.node(named: name) == nil { removeNode(name) }
    }

    // Not through the accessor, which allocates.
    private func wideService(_ name: String) -> WideService? {
        if let recent = state.value.recent, recent.name.hasSameOctets(as: name) { return recent }
        let wide = state.value.wideServices[name]
        state.value.recent = wide
        return wide
    }

    /// The number of a node by its folded name.
    func number(ofNode name: String) -> UInt32? {
        state.value.nodeNumbers[NodeName(folded: name)]
    }

    /// Takes new settings: every entry is built anew.
    ///
    /// The datacenter stays what it is: a reader may hold entries of both kinds, and their targets
    /// must have the same length.
    public func replace(settings: DNSSettings, state: StateStore) {
        precondition(
            settings.datacenter == self.settings.datacenter,
            "the datacenter of a running agent cannot change"
        )
        self.settings = settings
        if zoneBasis == PreparedZones.Basis(settings) {
            storeConfiguration()
        } else {
            replace(zones: zones)
        }
        rebuild(from: state)
    }

    /// Takes the static zones.
    public func replace(zones: ZoneSet) {
        replace(zones: zones, prepared: PreparedZones(zones, settings: settings))
    }

    /// Takes the static zones with their replies, prepared beforehand from the same zones.
    ///
    /// If what they were prepared for has changed meanwhile they are prepared anew.
    public func replace(zones: ZoneSet, prepared: PreparedZones) {
        let isCurrent = prepared.basis == PreparedZones.Basis(settings)
        let prepared = isCurrent ? prepared : PreparedZones(zones, settings: settings)
        self.zones = zones
        zoneBasis = prepared.basis
        let (old, oldSize) = unsafe (zoneTable, zoneOctets)
        unsafe zoneTable = prepared.take()
        zoneOctets = unsafe zoneTable == nil ? 0 : prepared.size
        storeConfiguration()
        // Readers reach it through the configuration only, and a batch reads that once.
        if let old = unsafe old { unsafe table.retire(old, size: oldSize) }
    }

    /// Ends a group of changes: whoever looks from now on sees them.
    public func publish() { table.publish() }

    private func storeConfiguration() {
        let (memory, size) = unsafe ViewConfiguration.make(
            settings,
            ZoneNeighbours(zones, settings),
            zones: zoneTable
        )
        let old = unsafe table.replaceConfiguration(memory)
        unsafe retireConfiguration(old)
        configurationSize = size
    }

    private func retireConfiguration(_ memory: UnsafeMutableRawPointer?) {
        if let memory = unsafe memory { unsafe table.retire(memory, size: configurationSize) }
    }
}
