// SPDX-License-Identifier: Apache-2.0
internal import Locking

/// Octets that one task collects and another one takes.
final class SharedOctets: Sendable {
    private let limit: Int
    private let octets = Lock<[UInt8]>([])

    init(limit: Int) { self.limit = limit }

    /// Adds octets.
    ///
    /// - Returns: whether there is room for more.
    func append(_ more: [UInt8]) -> Bool {
        octets.withLock { octets in
            octets += more.prefix(limit - octets.count)
            return octets.count < limit
        }
    }

    var value: [UInt8] { octets.withLock { $0 } }
}
