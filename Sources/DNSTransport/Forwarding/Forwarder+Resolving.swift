// SPDX-License-Identifier: Apache-2.0
public import DNSWire
import Forwarding

extension Forwarder {
    /// Resolves the target of an alias for one type, as for a client of ours: the chain of the
    /// name, which ends before any name of ours; a failure if no recursor resolves it
    /// (spec/dns.md 2.11, 8.1).
    public func resolve(
        _ name: DomainName,
        _ type: RecordType = .a,
        completion: @escaping @Sendable (Resolution) -> Void
    ) {
        let type = [UInt8(type.rawValue >> 8), UInt8(type.rawValue & 0xff)]
        let octets: [UInt8] = [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + name.wire + type + [0, 1]
        // The whole answer is wanted, whatever a client over UDP could take.
        guard let query = ForwardedQuery(octets, overTCP: true) else {
            completion(.failure)
            return
        }
        tally.chases.count()
        let rules = rules
        arrive(query, for: .chase, client: []) { outcome in
            completion(outcome.reply.map(rules.resolution(in:)) ?? .failure)
        }
    }

    /// The same, waiting.
    public func resolve(_ name: DomainName, _ type: RecordType = .a) async -> Resolution {
        await withCheckedContinuation { continuation in
            resolve(name, type) { continuation.resume(returning: $0) }
        }
    }
}
