// SPDX-License-Identifier: Apache-2.0

/// The last octets of an output of any length, in bounded memory (Consul: `circbuf`).
public struct OutputTail: Hashable, Sendable {
    /// The largest number of octets kept.
    public let limit: Int
    /// The number of octets that came in.
    public private(set) var total = 0
    private var ring: [UInt8] = []
    private var start = 0

    /// Makes an empty tail.
    public init(limit: Int) { self.limit = max(0, limit) }

    /// Takes octets in; the oldest make room.
    public mutating func append(_ octets: some Collection<UInt8>) {
        total += octets.count
        guard limit > 0 else { return }
        for octet in octets.suffix(limit) {
            if ring.count < limit {
                ring.append(octet)
            } else {
                ring[start] = octet
                start = start + 1 == limit ? 0 : start + 1
            }
        }
    }

    /// The octets kept, in their order.
    public var octets: [UInt8] { Array(ring[start...] + ring[..<start]) }

    /// The octets kept as text; what is no UTF-8, as at a cut, becomes U+FFFD.
    public var text: String { String(decoding: octets, as: UTF8.self) }

    /// The text of a script's output: where something was cut, a line before it says so
    /// (Consul; pinned by API-143).
    public var scriptText: String {
        total > limit ? "Captured \(limit) of \(total) bytes\n...\n" + text : text
    }
}
