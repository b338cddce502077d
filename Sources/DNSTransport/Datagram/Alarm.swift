// SPDX-License-Identifier: Apache-2.0
import CSockets
import Synchronization

/// Wakes one sleeping thread; free for the waker while that thread is awake.
///
/// The sleeper announces, looks again, then sleeps; the waker leaves work, then looks at the
/// announcement. Between the two fences one of them sees the other's store, so no work is left
/// lying.
final class Alarm: Sendable {
    private let isSleeping = Atomic<Bool>(false)
    private let descriptor: Int32

    init() throws(DNSServerError) {
        let descriptor = csockets_event_create()
        guard descriptor >= 0 else {
            throw DNSServerError(
                code: .system,
                message: "cannot make an eventfd: \(DNSServerError.text(of: -descriptor)). "
                    + "Raise the limit of open files (ulimit -n, LimitNOFILE).",
                location: "eventfd",
                cause: -descriptor
            )
        }
        self.descriptor = descriptor
    }

    deinit { csockets_close(descriptor) }

    /// After leaving work: wakes the sleeper if it sleeps.
    func wake() {
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        guard isSleeping.load(ordering: .relaxed) else { return }
        if isSleeping.exchange(false, ordering: .relaxed) { csockets_event_signal(descriptor) }
    }

    /// Sleeps until woken, unless there is work already.
    func sleep(unless hasWork: () -> Bool) {
        isSleeping.store(true, ordering: .relaxed)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        if hasWork() {
            isSleeping.store(false, ordering: .relaxed)
        } else {
            csockets_event_wait(descriptor)
        }
    }
}
