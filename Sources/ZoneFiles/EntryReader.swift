// SPDX-License-Identifier: Apache-2.0

internal import DNSWire

/// Turns entries into records, holding what carries over from one to the next: the origin, the
/// default TTL and the last owner (RFC 1035 §5.1, RFC 2308 §4).
struct EntryReader {
    private typealias Token = ZoneFileScanner.Token

    private var origin: DomainName?
    private var defaultTTL: UInt32?
    private var lastTTL: UInt32?
    private var lastOwner: DomainName?

    init(origin: DomainName?) { self.origin = origin }

    /// The record of an entry; nil for a directive.
    mutating func read(_ entry: ZoneFileScanner.Entry) throws(ZoneTextFault) -> ResourceRecord? {
        var words = entry.tokens[...]
        if let first = words.first, !entry.repeatsOwner, !first.isQuoted,
            first.octets.first == UInt8(ascii: "$")
        {
            try follow(first, words.dropFirst())
            return nil
        }
        let owner = try self.owner(of: entry, &words)
        lastOwner = owner
        let ttl = try timeToLiveAndClass(&words, line: entry.line)
        let layout = try Self.type(&words, line: entry.line)
        let data = try self.data(words, layout, line: entry.line)
        guard let ttl = ttl ?? defaultTTL ?? lastTTL else {
            throw ZoneTextFault(
                .timeToLive,
                line: entry.line,
                "\(owner) \(data.type) has no TTL. Write $TTL 3600 at the top of the file."
            )
        }
        lastTTL = ttl
        return ResourceRecord(name: owner, ttl: ttl, data: data)
    }

    private mutating func owner(
        of entry: ZoneFileScanner.Entry,
        _ words: inout ArraySlice<ZoneFileScanner.Token>
    ) throws(ZoneTextFault) -> DomainName {
        if entry.repeatsOwner {
            guard let lastOwner else {
                throw ZoneTextFault(
                    .name,
                    line: entry.line,
                    "The line begins with a blank and there is no owner before it. "
                        + "Write the owner, or @ for the origin, in the first column."
                )
            }
            return lastOwner
        }
        return try RecordText.domainName(words.removeFirst(), origin: origin)
    }

    /// RFC 1035 §5.1: `[TTL] [class]` or `[class] [TTL]`.
    private func timeToLiveAndClass(
        _ words: inout ArraySlice<ZoneFileScanner.Token>,
        line: Int
    ) throws(ZoneTextFault) -> UInt32? {
        var ttl: UInt32?
        var hasClass = false
        while let word = words.first, !word.isQuoted {
            if ttl == nil, let first = word.octets.first, isDigit(first) {
                ttl = try RecordText.period(word, what: "TTL")
            } else if !hasClass, let isInternet = Self.isInternetClass(word.text) {
                guard isInternet else {
                    throw ZoneTextFault(
                        .recordClass,
                        line: word.line,
                        "Class \(word.text) is not served. Write IN or no class."
                    )
                }
                hasClass = true
            } else {
                break
            }
            words.removeFirst()
        }
        return ttl
    }

    /// Whether a word that names a class names IN; nil if it names none.
    private static func isInternetClass(_ word: String) -> Bool? {
        switch word.uppercased() {
        case "IN", "CLASS1": true
        case "CH", "CHAOS", "HS", "CS", "NONE": false
        case let name where name.hasPrefix("CLASS") && name.utf8.dropFirst(5).allSatisfy(isDigit):
            false
        default: nil
        }
    }

    private static func type(
        _ words: inout ArraySlice<ZoneFileScanner.Token>,
        line: Int
    ) throws(ZoneTextFault) -> RecordType {
        guard let word = words.popFirst() else {
            throw ZoneTextFault(
                .syntax,
                line: line,
                "The record has no type. Write: owner TTL IN type data."
            )
        }
        guard !word.isQuoted else {
            throw ZoneTextFault(
                .syntax,
                line: word.line,
                "\"\(word.text)\" stands where the type belongs."
            )
        }
        if let layout = RecordLayout.named(word.text) { return layout.type }
        if let type = RecordType(text: word.text) { return type }
        throw ZoneTextFault(
            .type,
            line: word.line,
            "\(word.text) is no record type. Write one as A, or its number as TYPE65280."
        )
    }

    private func data(
        _ words: ArraySlice<ZoneFileScanner.Token>,
        _ type: RecordType,
        line: Int
    ) throws(ZoneTextFault) -> RecordData {
        if UnknownRecordText.begins(words) {
            return try RecordOctets.decode(
                UnknownRecordText.parse(words, line: line),
                type: type,
                line: line
            )
        }
        guard let layout = RecordLayout.of(type) else {
            throw ZoneTextFault(
                .type,
                line: line,
                "\(type) is read in its generic form only. "
                    + "Write: \(type) \\# length hexadecimal (RFC 3597)."
            )
        }
        let text = try RecordText(layout, origin: origin, line: line).canonical(Array(words))
        return try RecordOctets.decode(text: text, layout, line: line)
    }
}

extension EntryReader {
    private mutating func follow(
        _ directive: ZoneFileScanner.Token,
        _ words: ArraySlice<ZoneFileScanner.Token>
    ) throws(ZoneTextFault) {
        let line = directive.line
        switch directive.text.uppercased() {
        case "$ORIGIN":
            guard words.count == 1, let word = words.first else {
                throw ZoneTextFault(.directive, line: line, "$ORIGIN needs one name after it.")
            }
            origin = try RecordText.domainName(word, origin: origin)
        case "$TTL":
            guard words.count == 1, let word = words.first else {
                throw ZoneTextFault(.directive, line: line, "$TTL needs one time after it.")
            }
            defaultTTL = try RecordText.period(word, what: "TTL")
        case "$INCLUDE":
            throw ZoneTextFault(
                .directive,
                line: line,
                "$INCLUDE is refused: a zone is one file. Copy the other file's records here."
            )
        case "$GENERATE":
            throw ZoneTextFault(
                .directive,
                line: line,
                "$GENERATE is refused: it is not of RFC 1035. Write the records out."
            )
        default:
            throw ZoneTextFault(
                .directive,
                line: line,
                "\(directive.text) is no directive. $ORIGIN and $TTL are; "
                    + "write a name that begins with '$' as \\$."
            )
        }
    }
}
