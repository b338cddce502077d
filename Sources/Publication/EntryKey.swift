// SPDX-License-Identifier: Apache-2.0

/// A key as it is hashed and compared: octets in whole words, the last one zero padded.
///
/// It does not own its memory.
@safe
public struct EntryKey {
    /// The first word, aligned to 8.
    public let words: UnsafeRawPointer
    /// The octets, without padding.
    public let length: Int

    /// A key at an address; the padding is zero.
    @inlinable
    @inline(__always)
    public init(words: UnsafeRawPointer, length: Int) {
        unsafe self.words = unsafe words
        self.length = length
    }

    /// The hash of a kind and this key.
    @inlinable
    public func hash(kind: UInt8, seed: UInt64) -> UInt64 {
        var hash = EntryKey.startHash(kind: kind, seed: seed)
        var offset = 0
        while offset < length {
            hash = unsafe EntryKey.hash(
                hash,
                adding: words.load(fromByteOffset: offset, as: UInt64.self)
            )
            offset &+= 8
        }
        return EntryKey.finishHash(hash, length: length)
    }

    /// Whether the octets are those of an entry's key.
    ///
    /// The entry's key has the same length.
    @inlinable
    @inline(__always)
    func matches(_ entry: Entry) -> Bool {
        var offset = 0
        while offset < length {
            let same =
                unsafe words.load(fromByteOffset: offset, as: UInt64.self)
                == entry.base.load(fromByteOffset: Entry.keyOffset &+ offset, as: UInt64.self)
            if !same { return false }
            offset &+= 8
        }
        return true
    }
}

// The steps of the hash are public so that a caller can hash while it writes the key's words.
// Multiply and fold, as wyhash does; seeded, so that nobody can choose colliding names.
extension EntryKey {
    /// The hash before the first word.
    @inlinable
    @inline(__always)
    public static func startHash(kind: UInt8, seed: UInt64) -> UInt64 { seed ^ UInt64(kind) }

    /// The hash after one more word.
    @inlinable
    @inline(__always)
    public static func hash(_ hash: UInt64, adding word: UInt64) -> UInt64 {
        mix(hash ^ word, 0xd6e8_feb8_6659_fd93)
    }

    /// The hash after the last word.
    @inlinable
    @inline(__always)
    public static func finishHash(_ hash: UInt64, length: Int) -> UInt64 {
        mix(hash ^ UInt64(truncatingIfNeeded: length), 0xa076_1d64_78bd_642f)
    }

    @inlinable
    @inline(__always)
    static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }
}

/// A key that owns its memory, for the writer.
@safe
public struct OwnedKey: ~Copyable {
    private let memory: UnsafeMutableRawPointer
    private let length: Int

    /// A key of these octets, at most 255.
    public init(_ octets: some Collection<UInt8>) {
        length = octets.count
        precondition(length <= 255, "a key has at most 255 octets, not \(length)")
        let capacity = (length + 7) & ~7 + 8
        unsafe memory = .allocate(byteCount: capacity, alignment: 8)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: capacity)
        var offset = 0
        for octet in octets {
            unsafe memory.storeBytes(of: octet, toByteOffset: offset, as: UInt8.self)
            offset += 1
        }
    }

    /// The same of octets that lie one behind the other.
    public init(_ octets: [UInt8]) {
        length = octets.count
        precondition(length <= 255, "a key has at most 255 octets, not \(length)")
        let capacity = (length + 7) & ~7 + 8
        unsafe memory = .allocate(byteCount: capacity, alignment: 8)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: capacity)
        unsafe octets.withUnsafeBytes { source in
            guard let start = source.baseAddress else { return }
            unsafe memory.copyMemory(from: start, byteCount: source.count)
        }
    }

    deinit { unsafe memory.deallocate() }

    /// Lends the key.
    public borrowing func withKey<Result>(_ body: (EntryKey) -> Result) -> Result {
        body(unsafe EntryKey(words: UnsafeRawPointer(memory), length: length))
    }
}

extension EntryKey {
    /// The octets as a value.
    public var octets: [UInt8] {
        (0..<length).map { unsafe words.load(fromByteOffset: $0, as: UInt8.self) }
    }
}

extension EntryKey {
    /// The word at an offset that is a multiple of 8.
    @inlinable
    @inline(__always)
    public func word(_ offset: Int) -> UInt64 {
        unsafe words.load(fromByteOffset: offset, as: UInt64.self)
    }
}
