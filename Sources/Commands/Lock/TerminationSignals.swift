// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Synchronization

/// SIGINT and SIGTERM, for a command that has something to give back before it ends.
enum TerminationSignals {
    private static let count = Atomic<Int>(0)

    /// Catches both from now on, instead of ending the process.
    static func catchAll() {
        // Made before a handler can want it.
        _ = count.load(ordering: .relaxed)
        for number in [SIGINT, SIGTERM] {
            unsafe Glibc.signal(number) { _ in
                TerminationSignals.count.wrappingAdd(1, ordering: .relaxed)
            }
        }
    }

    /// Waits for the first of them; returns early when the task is cancelled.
    static func wait() async {
        while count.load(ordering: .relaxed) == 0, !Task.isCancelled {
            // Cancelled: the loop's condition ends it.
            try? await Task.sleep(for: .milliseconds(50))
        }
    }
}
