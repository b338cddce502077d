// SPDX-License-Identifier: Apache-2.0

public import DNSWire
public import DNSZones

/// Reads master files (RFC 1035 §5) into zones: our scanner and checks, libldns's reading of data.
public enum ZoneFileParser {
    /// Reads the text of one zone file.
    ///
    /// - Parameters:
    ///   - bytes: The file's octets.
    ///   - path: How errors name the file.
    ///   - defaultOrigin: What relative names take before the first `$ORIGIN`.
    /// - Returns: The zone whose apex is the owner of the SOA record.
    /// - Throws: The first fault, with file, line and cure.
    public static func parse(
        bytes: [UInt8],
        path: String,
        defaultOrigin: DomainName?
    ) throws(ZoneFileError) -> Zone {
        do throws(ZoneTextFault) {
            return try zone(of: records(in: bytes, defaultOrigin: defaultOrigin))
        } catch {
            throw error.located(in: path)
        }
    }

    /// Reads the text of one zone file; see ``parse(bytes:path:defaultOrigin:)``.
    public static func parse(
        text: String,
        path: String,
        defaultOrigin: DomainName?
    ) throws(ZoneFileError) -> Zone {
        try parse(bytes: Array(text.utf8), path: path, defaultOrigin: defaultOrigin)
    }

    /// A record and the line on which it begins.
    struct Line {
        var record: ResourceRecord
        var number: Int
    }

    /// All records of a text, in order, their names absolute.
    static func records(
        in bytes: [UInt8],
        defaultOrigin: DomainName?
    ) throws(ZoneTextFault) -> [Line] {
        guard bytes.count <= ZoneFileLimits.fileOctets else {
            throw ZoneTextFault(
                .tooLarge,
                line: nil,
                "The file is larger than \(ZoneFileLimits.fileOctets >> 20) MiB. Split the zone."
            )
        }
        var scanner = ZoneFileScanner(bytes)
        var reader = EntryReader(origin: defaultOrigin)
        var lines: [Line] = []
        while let entry = try scanner.next() {
            if let record = try reader.read(entry) {
                lines.append(Line(record: record, number: entry.line))
            }
        }
        return lines
    }

    private static func zone(of lines: [Line]) throws(ZoneTextFault) -> Zone {
        guard let start = lines.first(where: { $0.record.type == .soa }) else {
            throw ZoneTextFault(
                .zone,
                line: nil,
                "There is no SOA record. Begin the zone with: "
                    + "@ SOA primary mailbox serial refresh retry expire minimum."
            )
        }
        do throws(ZoneError) {
            return try Zone.make(apex: start.record.name, records: lines.map(\.record))
        } catch {
            let line = error.index.map { lines[$0].number } ?? start.number
            throw ZoneTextFault(.zone, line: line, error.advice)
        }
    }
}
