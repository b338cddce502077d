// SPDX-License-Identifier: Apache-2.0
import DNSWire
public import DNSZones
import Synchronization

/// The static zones with their replies ready, for the fast line (``ZoneTable``).
///
/// Made on any thread, since many names take a while; then given to the writer of the view, which
/// publishes it. Its size is about that of the zones: one reply for each name and type, two for
/// each zone.
public final class PreparedZones: Sendable {
    /// The octets of the table; 0 without zones.
    public let size: Int
    /// How many names are in the table.
    public let nameCount: Int
    /// What of the settings the replies were prepared for.
    let basis: Basis
    /// The table's memory; 0 where there is none or somebody took it.
    private let memory: Atomic<UInt>

    /// Prepares the replies of zones.
    ///
    /// - Parameters:
    ///   - zones: the zones.
    ///   - settings: of which only the ``Basis`` matters.
    public init(_ zones: ZoneSet, settings: DNSSettings) {
        var maker = ZoneTableMaker(zones, settings: settings)
        let octets = maker.make()
        basis = Basis(settings)
        nameCount = maker.nameCount
        size = octets.isEmpty ? 0 : octets.count + OctetRun.slack
        guard size > 0 else {
            memory = Atomic(0)
            return
        }
        let table = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
        unsafe table.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        unsafe octets.withUnsafeBytes {
            unsafe UnsafeMutableRawBufferPointer(start: table, count: octets.count)
                .copyMemory(from: $0)
        }
        memory = Atomic(UInt(bitPattern: table))
    }

    deinit { if let table = unsafe take() { unsafe table.deallocate() } }

    /// Hands the table over, once; `nil` where there is none.
    func take() -> UnsafeMutableRawPointer? {
        let address = memory.exchange(0, ordering: .acquiringAndReleasing)
        return unsafe UnsafeMutableRawPointer(bitPattern: address)
    }

    /// Prepares the replies of zones away from whoever waits for it.
    @concurrent
    public static func prepare(_ zones: ZoneSet, settings: DNSSettings) async -> PreparedZones {
        PreparedZones(zones, settings: settings)
    }

    /// What of the settings matters: the domains of the catalog, and whether what leads out of the
    /// zones is followed.
    struct Basis: Hashable, Sendable {
        private let domains: [CanonicalName]
        private let hasRecursors: Bool

        init(_ settings: DNSSettings) {
            domains = [settings.domain, settings.alternateDomain].compactMap { $0?.folded }
            hasRecursors = settings.hasRecursors
        }
    }
}
