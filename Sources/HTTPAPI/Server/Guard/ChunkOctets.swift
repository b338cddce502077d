// SPDX-License-Identifier: Apache-2.0
import NIOCore

/// Follows a body in chunks to its end (RFC 9112 §7.1), of which the parser tells no place.
///
/// What it makes of octets that are no chunks does not matter: the parser refuses them.
struct ChunkOctets {
    private enum Part {
        /// The line of a size; extensions behind it are no part of the number.
        case size(Int, isInNumber: Bool)
        /// Octets of a chunk that are left.
        case data(Int)
        case dataEnd
        /// A line of the trailer: an empty one is the end.
        case trailer(isEmpty: Bool)
        case end
    }

    private var part = Part.size(0, isInNumber: true)

    /// Whether the body is over.
    var isAtEnd: Bool {
        if case .end = part { true } else { false }
    }

    /// Goes on with octets.
    ///
    /// - Returns: How many of them are of this body.
    mutating func take(_ octets: ByteBufferView) -> Int {
        var place = octets.startIndex
        while place < octets.endIndex, !isAtEnd {
            if case .data(let left) = part {
                let count = min(left, octets.endIndex - place)
                place += count
                part = count == left ? .dataEnd : .data(left - count)
            } else {
                take(octets[place])
                place += 1
            }
        }
        return place - octets.startIndex
    }

    private mutating func take(_ octet: UInt8) {
        let isLineEnd = octet == 0x0a
        switch part {
        case .size(let size, _) where isLineEnd:
            part = size == 0 ? .trailer(isEmpty: true) : .data(size)
        case .size(let size, true):
            if let digit = Character(Unicode.Scalar(octet)).hexDigitValue {
                // No read has as many octets as such a size: what is cut off does not matter.
                part = .size((size << 4 | digit) & (Int.max >> 8), isInNumber: true)
            } else {
                part = .size(size, isInNumber: false)
            }
        case .dataEnd where isLineEnd: part = .size(0, isInNumber: true)
        case .trailer(true) where isLineEnd: part = .end
        case .trailer(let isEmpty):
            part = .trailer(isEmpty: isLineEnd || (isEmpty && octet == 0x0d))
        case .size, .data, .dataEnd, .end: break
        }
    }
}
