// SPDX-License-Identifier: Apache-2.0

/// Reads a tar archive of regular files that comes part by part.
struct TarReader {
    /// What comes out, in order.
    enum Event: Hashable {
        /// A file begins.
        case file(TarHeader)
        /// More of it.
        case content(ArraySlice<UInt8>)
        /// It is whole.
        case end
    }

    private enum Place: Hashable {
        case header
        case content(left: Int, padding: Int)
        case padding(left: Int)
        /// After a block of zeros: another one must follow.
        case firstZeros
        /// After the end only zeros may follow: archives are filled up to some length.
        case ended
    }

    private var place = Place.header
    private var block: [UInt8] = []

    /// Takes octets and tells what they are.
    mutating func take(
        _ octets: ArraySlice<UInt8>,
        _ emit: (Event) throws(ArchiveProblem) -> Void
    ) throws(ArchiveProblem) {
        var rest = octets
        while !rest.isEmpty {
            switch place {
            case .header, .firstZeros:
                let missing = TarHeader.blockLength - block.count
                block += rest.prefix(missing)
                rest = rest.dropFirst(missing)
                if block.count == TarHeader.blockLength { try takeBlock(emit) }
            case .content(let left, let padding):
                let part = rest.prefix(left)
                rest = rest.dropFirst(part.count)
                try emit(.content(part))
                if part.count == left {
                    try emit(.end)
                    place = padding > 0 ? .padding(left: padding) : .header
                } else {
                    place = .content(left: left - part.count, padding: padding)
                }
            case .padding(let left):
                let part = rest.prefix(left)
                rest = rest.dropFirst(part.count)
                try Self.mustBeZero(part)
                place = part.count == left ? .header : .padding(left: left - part.count)
            case .ended:
                try Self.mustBeZero(rest)
                rest = []
            }
        }
    }

    /// The archive must have ended.
    func finish() throws(ArchiveProblem) {
        guard place == .ended else {
            throw ArchiveProblem(.reading, "failed reading snapshot: unexpected EOF")
        }
    }

    private mutating func takeBlock(
        _ emit: (Event) throws(ArchiveProblem) -> Void
    ) throws(ArchiveProblem) {
        defer { block.removeAll(keepingCapacity: true) }
        if block.allSatisfy({ $0 == 0 }) {
            place = place == .header ? .firstZeros : .ended
            return
        }
        guard place == .header else {
            throw ArchiveProblem(.reading, "failed reading snapshot: a file follows the end")
        }
        let header = try TarHeader(block[...])
        try emit(.file(header))
        let padding = TarHeader.padding(after: header.size)
        if header.size > 0 {
            place = .content(left: header.size, padding: padding)
        } else {
            try emit(.end)
        }
    }

    private static func mustBeZero(_ octets: ArraySlice<UInt8>) throws(ArchiveProblem) {
        guard octets.allSatisfy({ $0 == 0 }) else {
            throw ArchiveProblem(.reading, "failed reading snapshot: octets stand between files")
        }
    }
}
