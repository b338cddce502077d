// SPDX-License-Identifier: Apache-2.0
import Synchronization

// Unchecked sendability: all that the memory holds is atomics.
/// The memory in which all workers of a server count the replies to each client network.
///
/// One for all, because the kernel spreads the ports of a client, and so a flood, over the workers.
@safe
public final class RateTable: @unchecked Sendable {
    /// Networks that are counted at a time; half a mebibyte.
    public static let networks = 1 << 16

    private let memory: UnsafeMutableRawPointer
    let slots: RateSlots

    /// Takes the memory; the seed keeps others from choosing networks that share a line.
    public init(seed: UInt64) {
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: Self.networks * MemoryLayout<Atomic<UInt64>>.stride,
            alignment: 64
        )
        let words = unsafe memory.bindMemory(to: Atomic<UInt64>.self, capacity: Self.networks)
        for index in 0..<Self.networks { unsafe (words + index).initialize(to: Atomic(0)) }
        unsafe self.memory = memory
        slots = unsafe RateSlots(words, lines: Self.networks / RateSlots.width, seed: seed)
    }

    // Atomics of integers have nothing to take down.
    deinit { unsafe memory.deallocate() }
}
