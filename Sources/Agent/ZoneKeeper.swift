// SPDX-License-Identifier: Apache-2.0
import DNSAnswers
import DNSWire
import DNSZones
import ZoneFiles

/// The static zones as last read: a file that is broken now keeps the zone that it held before.
struct ZoneKeeper {
    private var zones: [String: Zone] = [:]

    /// Reads all zone files anew.
    ///
    /// - Returns: The zones to serve, and what is wrong with files, each with its line.
    mutating func load(_ directories: [String]) -> (zones: ZoneSet, problems: [ZoneFileError]) {
        let contents = ZoneDirectory.load(directories)
        var next: [String: Zone] = [:]
        for zone in contents.zones {
            if let file = contents.files[zone.apex.folded] { next[file] = zone }
        }
        let apexes = Set(contents.zones.map(\.apex.folded))
        for error in contents.errors {
            guard let kept = zones[error.location.path], !apexes.contains(kept.apex.folded) else {
                continue
            }
            next[error.location.path] = kept
        }
        zones = next
        let served = next.sorted { $0.key < $1.key }.map(\.value)
        return (ZoneSet(zones: served), contents.errors)
    }

    /// What is to be said about zones that lie in a domain of the catalog, each with its file.
    func warnings(_ settings: DNSSettings) -> [String] {
        zones.sorted { $0.key < $1.key }.compactMap { file, zone in
            settings.warning(aboutZone: zone.apex).map { "zone file \(file): \($0)" }
        }
    }
}
