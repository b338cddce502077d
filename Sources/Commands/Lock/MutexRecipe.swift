// SPDX-License-Identifier: Apache-2.0

/// One holder: the key itself is acquired (Consul: api.Lock).
struct MutexRecipe: LockRecipe {
    /// By which such keys are known.
    static let flags: UInt64 = 0x2ddc_cbc0_58a5_0c18

    let keys: LockKeys
    let key: String

    func acquire(
        until deadline: ContinuousClock.Instant?
    ) async throws(CommandFailure) -> Bool {
        var index: UInt64 = 0
        while deadline.map({ $0 > .now }) ?? true, !Task.isCancelled {
            let (pairs, read) = try await keys.read(key, after: index, until: deadline)
            if let pair = pairs.first {
                guard pair.flags == Self.flags else {
                    throw CommandFailure(message: "Existing key does not match lock use")
                }
                if pair.session == keys.session { return true }
                if pair.session?.isEmpty == false {
                    index = max(1, read)
                    continue
                }
            }
            if try await keys.put(key, [("acquire", keys.session)], flags: Self.flags) {
                return true
            }
            // Somebody was quicker, which the next read tells, or there is a lock-delay.
            index = 0
            guard await keys.pause(until: deadline) else { return false }
        }
        return false
    }

    func check(after index: UInt64) async throws(CommandFailure) -> UInt64? {
        let (pairs, read) = try await keys.read(key, after: index)
        return pairs.first?.session == keys.session ? read : nil
    }

    func release() async throws(CommandFailure) {
        _ = try await keys.put(key, [("release", keys.session)], flags: Self.flags)
    }

    func removeUnused() async throws(CommandFailure) -> Bool {
        guard let pair = try await keys.read(key, after: 0).pairs.first else { return true }
        guard pair.flags == Self.flags else {
            throw CommandFailure(message: "Existing key does not match lock use")
        }
        guard pair.session ?? "" == "" else { return false }
        return try await keys.delete(key, [("cas", "\(pair.modifyIndex)")])
    }
}
