// SPDX-License-Identifier: Apache-2.0

public import DNSWire
public import DNSZones
internal import Glibc

/// Reads the zone files of a folder: each `*.zone` is one zone.
public enum ZoneDirectory {
    /// What a folder holds: the zones that are right, and what is wrong with the others.
    public struct Contents: Hashable, Sendable {
        /// The zones, in the order of their files' names.
        public var zones: [Zone] = []
        /// One error a broken file, in the order of their names.
        public var errors: [ZoneFileError] = []
        /// The file of each zone, by apex.
        public var files: [CanonicalName: String] = [:]

        /// Makes contents.
        public init(
            zones: [Zone] = [],
            errors: [ZoneFileError] = [],
            files: [CanonicalName: String] = [:]
        ) {
            self.zones = zones
            self.errors = errors
            self.files = files
        }
    }

    /// Reads all zone files of a folder; a broken one does not hide the others.
    public static func load(_ path: String) -> Contents {
        load([path])
    }

    /// Reads all zone files of several folders; of two zones with one apex the first stays.
    public static func load(_ paths: [String]) -> Contents {
        var contents = Contents()
        for path in paths {
            do throws(ZoneFileError) {
                for file in try fileNames(in: path) {
                    read(path + (path.hasSuffix("/") ? "" : "/") + file, file, into: &contents)
                }
            } catch {
                contents.errors.append(error)
            }
        }
        return contents
    }

    private static func read(
        _ path: String,
        _ file: String,
        into contents: inout Contents
    ) {
        do throws(ZoneFileError) {
            let zone = try parse(path, file)
            if let earlier = contents.files[zone.apex.folded] {
                throw ZoneFileError(
                    code: .zone,
                    message:
                        "The zone \(zone.apex) stands in \(earlier) already. Keep one of them.",
                    location: .init(path: path, line: nil)
                )
            }
            contents.files[zone.apex.folded] = path
            contents.zones.append(zone)
        } catch {
            contents.errors.append(error)
        }
    }

    /// Reads one zone file; its name without `.zone` is the default origin.
    public static func parseFile(_ path: String) throws(ZoneFileError) -> Zone {
        try parse(path, path.split(separator: "/").last.map(String.init) ?? path)
    }

    private static func parse(_ path: String, _ file: String) throws(ZoneFileError) -> Zone {
        let stem = file.hasSuffix(suffix) ? String(file.dropLast(suffix.count)) : file
        // A file whose name is no domain name can still state its $ORIGIN.
        let origin = try? DomainName(text: stem)
        let octets = try RegularFile.read(path, limit: ZoneFileLimits.fileOctets)
        return try ZoneFileParser.parse(bytes: octets, path: path, defaultOrigin: origin)
    }

    private static let suffix = ".zone"

    /// The names of the zone files, sorted; hidden files are left out.
    private static func fileNames(in path: String) throws(ZoneFileError) -> [String] {
        guard let directory = unsafe opendir(path) else {
            throw RegularFile.failure(path, "open the folder", errno)
        }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { characters in
                unsafe String(
                    cString: UnsafeRawPointer(characters).assumingMemoryBound(to: CChar.self)
                )
            }
            if name.hasSuffix(suffix), !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
