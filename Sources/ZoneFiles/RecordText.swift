// SPDX-License-Identifier: Apache-2.0

internal import DNSWire

/// The data of a record, checked field by field and rewritten so that libldns cannot misread it:
/// one line, names absolute, numbers in range, strings quoted, doubtful octets as `\DDD`.
struct RecordText {
    let layout: RecordLayout
    let origin: DomainName?
    let line: Int

    var type: String { layout.mnemonic }

    /// Makes a reader of the data of one record.
    init(_ layout: RecordLayout, origin: DomainName?, line: Int) {
        self.layout = layout
        self.origin = origin
        self.line = line
    }

    /// The data as libldns shall read it.
    func canonical(_ tokens: [ZoneFileScanner.Token]) throws(ZoneTextFault) -> String {
        let fields = layout.fields
        guard layout.accepts(count: tokens.count) else {
            let names = fields.map(\.name).joined(separator: " ")
            throw ZoneTextFault(
                .data,
                line: line,
                "\(type) needs \(layout.count), found \(tokens.count). Write: \(type) \(names)."
            )
        }
        var words: [String] = []
        var rest = tokens[...]
        for (name, field) in fields {
            switch field {
            case .strings:
                for token in rest { words.append(try string(token)) }
            case .hexadecimal:
                words.append(try hexadecimal(rest, name))
            case .base64:
                words.append(try base64(rest, name))
            case .words:
                for token in rest { words.append(try word(token)) }
            default:
                words.append(try single(rest.removeFirst(), field, name))
            }
        }
        return words.joined(separator: " ")
    }

    private func single(
        _ token: ZoneFileScanner.Token,
        _ field: RecordLayout.Field,
        _ name: String
    ) throws(ZoneTextFault) -> String {
        switch field {
        case .address(bits: 32):
            try address(token, "192.0.2.1") { IPv4Address(text: $0)?.description }
        case .address:
            try address(token, "2001:db8::1") { IPv6Address(text: $0)?.description }
        case .name: try Self.escaped(target(token))
        case .number(let bits): try String(number(token, bits: bits, name))
        case .period: try String(Self.period(token, what: name))
        case .tag: try tag(token)
        default: try string(token)
        }
    }
}
