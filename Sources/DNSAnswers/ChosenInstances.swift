// SPDX-License-Identifier: Apache-2.0

/// The instances of an answer in their order, 32 octets each: record, node, and what is found out
/// about them on the way.
@safe
struct ChosenInstances {
    /// More are for the reference line: what an SRV reply can point at ends at 16,384 octets.
    static let capacity = 512
    private static let stride = 32

    private let base: UnsafeMutableRawPointer

    init() {
        let size = Self.stride * Self.capacity
        unsafe base = .allocate(byteCount: size, alignment: 64)
        unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    }

    func free() { unsafe base.deallocate() }

    /// An instance.
    subscript(index: Int) -> ChosenInstance {
        @inline(__always) get { unsafe ChosenInstance(base: base + Self.stride &* index) }
    }
}

/// An instance of an answer.
@safe
struct ChosenInstance {
    private let base: UnsafeMutableRawPointer

    @inline(__always)
    fileprivate init(base: UnsafeMutableRawPointer) { unsafe self.base = unsafe base }

    var record: InstanceRecord {
        @inline(__always) get { unsafe base.load(as: InstanceRecord.self) }
        @inline(__always) nonmutating set {
            unsafe base.storeBytes(of: newValue, as: InstanceRecord.self)
        }
    }

    /// The instance's node, if it is needed.
    ///
    /// It is looked up once for an answer: the writer may replace it meanwhile, and what was
    /// measured must be what is written.
    var node: NodeEntry {
        @inline(__always) get { unsafe base.load(fromByteOffset: 8, as: NodeEntry.self) }
        @inline(__always) nonmutating set {
            unsafe base.storeBytes(of: newValue, toByteOffset: 8, as: NodeEntry.self)
        }
    }

    /// Where the target stands in the reply.
    var target: Int {
        @inline(__always) get { number(16) }
        @inline(__always) nonmutating set { store(newValue, 16) }
    }

    /// Where the owner of the node's texts stands in the reply.
    var owner: Int {
        get { number(20) }
        nonmutating set { store(newValue, 20) }
    }

    /// The octets taken in a cut reply: location and glue.
    var size: Int {
        get { number(24) }
        nonmutating set { store(newValue, 24) }
    }

    @inline(__always)
    private func number(_ offset: Int) -> Int {
        unsafe Int(base.load(fromByteOffset: offset, as: UInt32.self))
    }

    @inline(__always)
    private func store(_ value: Int, _ offset: Int) {
        unsafe base.storeBytes(
            of: UInt32(truncatingIfNeeded: value),
            toByteOffset: offset,
            as: UInt32.self
        )
    }
}
