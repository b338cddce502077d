// SPDX-License-Identifier: Apache-2.0
import Locking
import Synchronization

/// The latest published value of something that one thread changes and many read.
///
/// Readers never wait for the writer's work, only for the copy of a value. Whoever reads often
/// keeps the copy and asks with ``read(ifNewerThan:)``, which takes no lock while nothing changed.
public final class SnapshotCell<Value: Sendable>: Sendable {
    private let value: Lock<Value>
    /// Written only under the lock of ``value``, so that value and generation agree there.
    private let published = Atomic<UInt64>(1)

    /// Makes a cell whose first value has generation 1.
    public init(_ value: Value) { self.value = Lock(value) }

    /// The number of values published so far, the first one included.
    public var generation: UInt64 { published.load(ordering: .acquiring) }

    /// The latest value.
    public func read() -> Value { value.withLock { $0 } }

    /// The latest value if it is newer than `generation`, which is moved on then; else `nil`.
    public func read(ifNewerThan generation: inout UInt64) -> Value? {
        guard published.load(ordering: .acquiring) != generation else { return nil }
        let (value, current) = value.withLock { ($0, published.load(ordering: .relaxed)) }
        generation = current
        return value
    }

    /// Replaces the value.
    public func publish(_ newValue: Value) {
        // The old value is handed out of the lock: freeing it may take a while.
        _ = value.withLock { current in
            let old = current
            current = newValue
            published.wrappingAdd(1, ordering: .releasing)
            return old
        }
    }
}
