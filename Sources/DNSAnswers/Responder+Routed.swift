// SPDX-License-Identifier: Apache-2.0

// What the first pass read, for those who count: valid for datagrams that were `.fast`, until the
// next batch.
extension Responder {
    /// The QTYPE of a datagram, as it lies in the message.
    @inline(__always)
    public mutating func wireType(_ slot: Int) -> UInt16 { scratch.route(slot).wireType }

    /// Whether a static zone answers a datagram, not the catalog.
    @inline(__always)
    public mutating func isZone(_ slot: Int) -> Bool { scratch.route(slot).kind == .zone }
}
