// SPDX-License-Identifier: Apache-2.0

internal import CLDNS

/// The only place that holds libldns's pointers: octets and text in, octets and text out.
///
/// What libldns 1.8.3 allocates is freed before each function returns, on every path. The faults
/// that callers must keep away from it (each has a test in `ZoneFilesTests`):
///
/// | Fault | Guard |
/// |---|---|
/// | one record's text over 65,535 octets is cut or refused vaguely | `ZoneFileLimits.entryOctets`, and a check of the rewritten text |
/// | an owner of more than 255 octets *of text* is refused although its escapes are short | libldns is given the root as owner; owners are `DomainName`s |
/// | numbers wrap (`MX 70000` is 4464), signs and blanks are taken | `RecordText.number`: digits, range |
/// | a TTL of any size or unit wraps | `RecordText.period`; libldns is given 0 |
/// | `@` as the first label of a name (`\@.example.`) becomes the origin | refused |
/// | a relative name that grows too long leaks the RDATA built so far | names are made absolute before |
/// | an entry without any owner takes the origin, or the root | refused |
/// | `\#` with a wrong length or with letters that are no hex digits reads uninitialised memory; above 32,767 octets its counter wraps | `UnknownRecordText` reads RFC 3597 itself |
/// | parentheses and quotes that do not close are ignored; a NUL ends the text | `ZoneFileScanner` |
/// | unknown type mnemonics and `TYPE99999` become a number | `RecordType(text:)` and `RecordLayout` |
/// | WKS reads the system's service tables; NSEC, RRSIG, APL, IPSECKEY … take nonsense | only the types of `RecordLayout` are given as text |
/// | RDATA with octets left over makes the next record begin inside it; a missing tail is taken | `DNSWire` decodes first, and only its own encoding is handed over |
/// | `@` and `$` in an owner are printed without a backslash and read back as something else | `ZonePrinter` prints owners itself |
/// | parameters of SVCB and HTTPS are printed without quotes, also with blanks or parentheses in them | `ZonePrinter` reads the text back, else prints RFC 3597 |
/// | SVCB and HTTPS take parameters without the value they need | `ServiceBinding` |
/// | the text of a long record can hit an assertion of its buffer (NLnetLabs/ldns#166) | RDATA above `LibLDNS.printableOctets` is printed as RFC 3597 |
/// | a second TSIG record in a message leaks the first (NLnetLabs/ldns#317) | messages are printed record by record |
/// | several CNAMEs, out-of-zone and occluded data are taken | `Zone.make` |
enum LibLDNS {
    /// A refusal by libldns, in its own words.
    struct Failure: Error, Hashable {
        var reason: String
    }

    /// RDATA up to this size is printed by libldns: its text, four octets for one at most, stays
    /// below the 65,535 octets that its buffer begins with.
    static let printableOctets = 16_000

    /// The version of the library that is linked.
    static var version: String { unsafe String(cString: ldns_version()) }

    /// Reads one record in presentation form, on one line, and gives its wire form.
    static func encode(recordText: String) throws(Failure) -> [UInt8] {
        var record: OpaqueRecord? = nil
        let status = unsafe ldns_rr_new_frm_str(&record, recordText, 0, nil, nil)
        guard status == LDNS_STATUS_OK, let record = unsafe record else {
            throw failure(status)
        }
        defer { unsafe ldns_rr_free(record) }
        var wire: UnsafeMutablePointer<UInt8>? = nil
        var size = 0
        let encoded = unsafe ldns_rr2wire(
            &wire,
            record,
            Int32(LDNS_SECTION_ANSWER.rawValue),
            &size
        )
        defer { unsafe waypost_ldns_free(wire) }
        guard encoded == LDNS_STATUS_OK, let start = unsafe wire else { throw failure(encoded) }
        return unsafe Array(UnsafeBufferPointer(start: start, count: size))
    }

    /// Prints one record given in uncompressed wire form; the text has no final newline.
    static func print(recordWire: [UInt8]) throws(Failure) -> String {
        var record: OpaqueRecord? = nil
        var position = 0
        let status = unsafe recordWire.withUnsafeBufferPointer { octets in
            unsafe ldns_wire2rr(
                &record,
                octets.baseAddress,
                octets.count,
                &position,
                LDNS_SECTION_ANSWER
            )
        }
        guard status == LDNS_STATUS_OK, let record = unsafe record else {
            throw failure(status)
        }
        defer { unsafe ldns_rr_free(record) }
        guard position == recordWire.count else {
            throw Failure(reason: "the data is not of its type")
        }
        guard let text = unsafe waypost_ldns_print(record) else {
            throw Failure(reason: "the record cannot be printed")
        }
        defer { unsafe waypost_ldns_free(text) }
        return unsafe withoutNewline(String(cString: text))
    }

    private typealias OpaqueRecord = UnsafeMutablePointer<ldns_rr>

    /// libldns ends each record with a newline.
    private static func withoutNewline(_ text: String) -> String {
        text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    private static func failure(_ status: ldns_status) -> Failure {
        guard let reason = unsafe ldns_get_errorstr_by_id(status) else {
            return Failure(reason: "status \(status.rawValue)")
        }
        return unsafe Failure(reason: String(cString: reason))
    }
}
