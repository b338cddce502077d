// SPDX-License-Identifier: Apache-2.0

extension MessageWriter {
    /// Writes the data of a record without their length.
    ///
    /// RFC 3597 §4: only names in data of the types of RFC 1035 may be compressed.
    mutating func write(_ data: RecordData) throws(MessageEncodingError) {
        switch data {
        case .a(let address):
            write(address.bits)
        case .aaaa(let address):
            write(address.high)
            write(address.low)
        case .ns(let name), .cname(let name), .ptr(let name):
            write(name, compressed: true)
        case .soa(let authority):
            write(authority)
        case .mx(let preference, let exchange):
            write(preference)
            write(exchange, compressed: true)
        case .txt(let strings):
            for string in strings { try write(characterString: string) }
            // RFC 1035 §3.3.14: one or more character strings.
            if strings.isEmpty { try write(characterString: []) }
        case .srv(let location):
            write(location.priority)
            write(location.weight)
            write(location.port)
            write(location.target, compressed: false)
        case .opt(let options):
            for option in options {
                guard let length = UInt16(exactly: option.data.count) else {
                    throw .recordDataTooLong(length: option.data.count)
                }
                write(option.code)
                write(length)
                write(option.data)
            }
        case .unknown(_, let octets):
            write(octets)
        }
    }

    private mutating func write(_ authority: StartOfAuthority) {
        write(authority.primary, compressed: true)
        write(authority.mailbox, compressed: true)
        write(authority.serial)
        write(authority.refresh)
        write(authority.retry)
        write(authority.expire)
        write(authority.minimum)
    }
}
