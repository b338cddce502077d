// SPDX-License-Identifier: Apache-2.0
@testable import Publication

extension Entry {
    /// An entry of kind 1 that says its value eight times behind the key, so that a mixture of two
    /// entries, or a freed one, is noticed.
    static func sample(_ key: some Collection<UInt8>, value: UInt64, seed: UInt64) -> Entry {
        OwnedKey(key).withKey { key in
            let head = Entry.headSize(keyLength: key.length)
            let memory = unsafe Entry.make(
                size: head + 64,
                kind: 1,
                flags: 0,
                key: key,
                seed: seed
            )
            for word in 0..<8 {
                unsafe memory.storeBytes(of: value, toByteOffset: head + 8 * word, as: UInt64.self)
            }
            return unsafe Entry(base: UnsafeRawPointer(memory))
        }
    }

    /// The value, if all eight agree.
    var value: UInt64? {
        let values = (0..<8).map {
            unsafe base.load(fromByteOffset: endOfKey + 8 * $0, as: UInt64.self)
        }
        return values.allSatisfy { $0 == values[0] } ? values[0] : nil
    }
}

extension PublishedTable {
    func find(_ key: some Collection<UInt8>) -> Entry? {
        OwnedKey(key).withKey { find(kind: 1, key: $0) }
    }

    func store(_ key: some Collection<UInt8>, value: UInt64) {
        if let old = insert(.sample(key, value: value, seed: seed)) { retire(old) }
    }

    func drop(_ key: some Collection<UInt8>) -> Bool {
        guard let old = OwnedKey(key).withKey({ remove(kind: 1, key: $0) }) else { return false }
        retire(old)
        return true
    }

    /// Gives back what still stands in the table.
    func empty() { forEachEntry { retire($0) } }
}

extension ViewReader {
    /// Looks a key up as a reader does.
    func find(_ key: some Collection<UInt8>) -> Entry? {
        OwnedKey(key).withKey { key in
            let table = unsafe root.pointee.table
            return table.find(
                kind: 1,
                key: key,
                hash: unsafe key.hash(kind: 1, seed: root.pointee.seed)
            )
        }
    }
}
