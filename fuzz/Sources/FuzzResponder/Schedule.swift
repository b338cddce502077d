// SPDX-License-Identifier: Apache-2.0

internal import CFuzzer

/// Keeps the catalog for a while: what changes the catalog costs much more than a question does.
///
/// Every input stays whole and says itself which catalog it is asked of; only the order in which
/// catalogs are tried is chosen. One mutation in ``ownWay`` goes its own way, and one in ``span``
/// begins another catalog: that of the input that it began with.
private struct Schedule {
    static let span = 256
    static let ownWay: UInt32 = 32

    /// The octets of changes that are held, three for each, with the octet of their number.
    var held: [UInt8] = [0]
    var left = 0

    /// Mutates an input in place; returns its new size.
    mutating func mutate(
        _ octets: UnsafeMutablePointer<UInt8>,
        _ size: Int,
        _ limit: Int,
        _ seed: UInt32
    ) -> Int {
        let isOwn = seed % Self.ownWay == 0
        if isOwn { return unsafe LLVMFuzzerMutate(octets, size, limit) }
        let input = unsafe Array(UnsafeBufferPointer(start: octets, count: size))
        guard let layout = InputLayout(input) else {
            return unsafe LLVMFuzzerMutate(octets, size, limit)
        }
        if left == 0 {
            held = Array(input[1..<layout.datagram])
            held[0] &= 7
            left = Self.span
        }
        left -= 1
        let start = 1 + held.count
        guard start < limit else { return unsafe LLVMFuzzerMutate(octets, size, limit) }
        // The choice of settings stays or is drawn anew; the flags beside the number stay.
        if seed >> 8 & 15 == 0 { unsafe octets[0] = UInt8(truncatingIfNeeded: seed >> 16) }
        let flags = input[1] & 0xf8
        let length = min(input.count - layout.datagram, limit - start)
        for index in 0..<length {
            unsafe octets[start + index] = input[layout.datagram + index]
        }
        for (index, octet) in held.enumerated() { unsafe octets[1 + index] = octet }
        unsafe octets[1] |= flags
        if seed >> 12 & 15 == 0 { unsafe octets[1] ^= seed >> 24 & 1 == 0 ? 0x40 : 0x80 }
        let mutated = unsafe LLVMFuzzerMutate(octets + start, length, limit - start)
        return start + mutated
    }
}

/// One schedule: libFuzzer mutates on one thread.
nonisolated(unsafe) private var schedule = Schedule()

/// libFuzzer's hook for mutations.
@c(LLVMFuzzerCustomMutator)
public func mutateResponderInput(
    _ octets: UnsafeMutablePointer<UInt8>?,
    _ size: Int,
    _ limit: Int,
    _ seed: UInt32
) -> Int {
    guard let octets = unsafe octets else { return 0 }
    return unsafe schedule.mutate(octets, size, limit, seed)
}
