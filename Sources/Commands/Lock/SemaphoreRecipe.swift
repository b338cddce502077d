// SPDX-License-Identifier: Apache-2.0
internal import FoundationEssentials

/// Several holders: each makes a key of its own, and a common key lists who holds (Consul:
/// api.Semaphore).
struct SemaphoreRecipe: LockRecipe {
    /// By which such keys are known.
    static let flags: UInt64 = 0xe0f6_9a2b_aa41_4de0

    /// What the common key holds.
    struct State: Codable {
        var limit: Int
        var holders: [String: Bool]

        enum CodingKeys: String, CodingKey {
            case limit = "Limit"
            case holders = "Holders"
        }
    }

    let keys: LockKeys
    let prefix: String
    let limit: Int

    private var lockKey: String { "\(prefix)/.lock" }
    private var contenderKey: String { "\(prefix)/\(keys.session)" }

    func acquire(
        until deadline: ContinuousClock.Instant?
    ) async throws(CommandFailure) -> Bool {
        let acquire = [("acquire", keys.session)]
        guard try await keys.put(contenderKey, acquire, flags: Self.flags) else {
            throw CommandFailure(message: "failed to make contender entry")
        }
        var index: UInt64 = 0
        while deadline.map({ $0 > .now }) ?? true, !Task.isCancelled {
            let (pairs, read) = try await readAll(after: index, until: deadline)
            var (state, modifyIndex) = try state(in: pairs)
            guard state.limit == limit else {
                throw CommandFailure(
                    message: "semaphore limit conflict (lock: \(state.limit), local: \(limit))"
                )
            }
            if state.holders[keys.session] != nil { return true }
            if state.holders.count >= limit {
                index = max(1, read)
                continue
            }
            state.holders[keys.session] = true
            if try await write(state, at: modifyIndex) { return true }
            index = 0
        }
        return false
    }

    func check(after index: UInt64) async throws(CommandFailure) -> UInt64? {
        let (pairs, read) = try await readAll(after: index)
        return try state(in: pairs).state.holders[keys.session] != nil ? read : nil
    }

    func release() async throws(CommandFailure) {
        while !Task.isCancelled {
            var (state, modifyIndex) = try state(in: try await readAll(after: 0).pairs)
            guard state.holders.removeValue(forKey: keys.session) != nil else { break }
            if try await write(state, at: modifyIndex) { break }
        }
        _ = try await keys.delete(contenderKey)
    }

    func removeUnused() async throws(CommandFailure) -> Bool {
        let (state, modifyIndex) = try state(in: try await readAll(after: 0).pairs)
        guard modifyIndex > 0 else { return true }
        guard state.holders.isEmpty else { return false }
        return try await keys.delete(lockKey, [("cas", "\(modifyIndex)")])
    }

    private func readAll(
        after index: UInt64,
        until deadline: ContinuousClock.Instant? = nil
    ) async throws(CommandFailure) -> (pairs: [KVPair], index: UInt64) {
        try await keys.read("\(prefix)/", [("recurse", "")], after: index, until: deadline)
    }

    /// Who holds, without those whose key has lost its session; and the index of the common key.
    private func state(
        in pairs: [KVPair]
    ) throws(CommandFailure) -> (state: State, modifyIndex: UInt64) {
        var state = State(limit: limit, holders: [:])
        var modifyIndex: UInt64 = 0
        if let pair = pairs.first(where: { $0.key == lockKey }) {
            guard pair.flags == Self.flags else {
                throw CommandFailure(message: "Existing key does not match semaphore use")
            }
            modifyIndex = pair.modifyIndex
            do { state = try JSONDecoder().decode(State.self, from: Data(pair.octets)) } catch {
                throw CommandFailure(
                    message: "the content of \(lockKey) is no list of holders: \(error)"
                )
            }
        }
        let alive = Set(pairs.compactMap { $0.session?.isEmpty == false ? $0.session : nil })
        state.holders = state.holders.filter { alive.contains($0.key) }
        return (state, modifyIndex)
    }

    private func write(
        _ state: State,
        at modifyIndex: UInt64
    ) async throws(CommandFailure) -> Bool {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let value: [UInt8]
        do { value = Array(try encoder.encode(state)) } catch {
            throw CommandFailure(message: "the list of holders cannot be written: \(error)")
        }
        return try await keys.put(lockKey, [("cas", "\(modifyIndex)")], flags: Self.flags, value)
    }
}
