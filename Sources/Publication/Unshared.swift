// SPDX-License-Identifier: Apache-2.0

/// A value in memory of its own that one thread alone uses: what is often changed of a class whose
/// methods call each other.
///
/// The stored properties of a class are checked for exclusive access at run time, some 80
/// instructions each time; this is not. Its owner takes care that nothing that it lends is changed
/// through another path before it is given back: no method that changes a part is called while
/// that part is lent.
@safe
public struct Unshared<Value: ~Copyable>: ~Copyable {
    @usableFromInline let pointer: UnsafeMutablePointer<Value>

    /// Takes a value.
    public init(_ value: consuming Value) {
        unsafe pointer = .allocate(capacity: 1)
        unsafe pointer.initialize(to: value)
    }

    deinit {
        unsafe pointer.deinitialize(count: 1)
        unsafe pointer.deallocate()
    }

    /// Lends the value.
    @inlinable public var value: Value {
        @inline(__always) _read { yield unsafe pointer.pointee }
        @inline(__always) nonmutating _modify { yield unsafe &pointer.pointee }
    }
}
