// SPDX-License-Identifier: Apache-2.0

/// The header of a regular file in a tar archive (POSIX ustar).
struct TarHeader: Hashable {
    /// Headers and files begin at multiples of this.
    static let blockLength = 512

    /// The file's name.
    var name: String
    /// The octets of the file.
    var size: Int

    /// The zeros that follow a file of so many octets.
    static func padding(after size: Int) -> Int { (blockLength - size % blockLength) % blockLength }

    /// Writes the header.
    ///
    /// - Precondition: the name has at most 100 octets, and the size is at most
    ///   ``ArchiveLimits/largestState``.
    /// - Parameter time: when the file was written, in seconds since 1970.
    /// - Returns: a block.
    func encoded(time: UInt64) -> [UInt8] {
        precondition(name.utf8.count <= 100 && size <= ArchiveLimits.largestState)
        var block = [UInt8](repeating: 0, count: Self.blockLength)
        func put(_ octets: some Sequence<UInt8>, at place: Int) {
            for (at, octet) in octets.enumerated() { block[place + at] = octet }
        }
        put(name.utf8, at: 0)
        put(Self.octal(0o600, 7), at: 100)
        put(Self.octal(0, 7), at: 108)
        put(Self.octal(0, 7), at: 116)
        put(Self.octal(UInt64(size), 11), at: 124)
        put(Self.octal(min(time, 0o77777777777), 11), at: 136)
        put([UInt8](repeating: UInt8(ascii: " "), count: 8), at: 148)
        block[156] = UInt8(ascii: "0")
        put("ustar\0".utf8, at: 257)
        put("00".utf8, at: 263)
        let sum = block.reduce(0) { $0 + UInt64($1) }
        put(Self.octal(sum, 6), at: 148)
        block[154] = 0
        return block
    }

    /// Reads a header.
    ///
    /// - Throws: ``ArchiveProblem`` for what is no header of a regular file.
    init(_ block: ArraySlice<UInt8>) throws(ArchiveProblem) {
        let block = Array(block)
        let damaged = ArchiveProblem(
            .reading,
            "failed reading snapshot: archive/tar: invalid tar header"
        )
        guard block.count == Self.blockLength else { throw damaged }
        var sum: UInt64 = 0
        for (at, octet) in block.enumerated() {
            sum += (148..<156).contains(at) ? 32 : UInt64(octet)
        }
        guard Self.number(block[148..<156]) == sum, block[257..<262].elementsEqual("ustar".utf8),
            let size = Self.number(block[124..<136])
        else { throw damaged }
        let name = String(decoding: block[..<100].prefix { $0 != 0 }, as: UTF8.self)
        let prefix = block[345..<500].prefix { $0 != 0 }
        guard block[156] == UInt8(ascii: "0") || block[156] == 0, prefix.isEmpty else {
            throw ArchiveProblem(.reading, "unexpected file \"\(name)\" in snapshot")
        }
        self.init(name: name, size: Int(size))
    }

    init(name: String, size: Int) {
        self.name = name
        self.size = size
    }

    private static func octal(_ value: UInt64, _ width: Int) -> [UInt8] {
        let digits = Array(String(value, radix: 8).utf8)
        return [UInt8](repeating: UInt8(ascii: "0"), count: max(0, width - digits.count)) + digits
    }

    /// Octal digits, with blanks in front and a blank or zero behind; at most 12 of them.
    private static func number(_ field: ArraySlice<UInt8>) -> UInt64? {
        let text = field.drop { $0 == UInt8(ascii: " ") }
        let digits = text.prefix { (0x30...0x37).contains($0) }
        guard !digits.isEmpty, digits.count <= 12,
            text.dropFirst(digits.count).allSatisfy({ $0 == 0 || $0 == UInt8(ascii: " ") })
        else { return nil }
        return digits.reduce(0) { $0 << 3 | UInt64($1 - 0x30) }
    }
}
