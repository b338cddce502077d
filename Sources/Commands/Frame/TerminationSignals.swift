// SPDX-License-Identifier: Apache-2.0
internal import Glibc
internal import Synchronization

/// SIGINT and SIGTERM, for a command that has something to give back before it ends.
enum TerminationSignals {
    /// The first that came; 0 before.
    private static let first = Atomic<CInt>(0)

    /// The first that came.
    static var received: CInt? {
        let number = first.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }

    /// Catches both from now on, instead of ending the process.
    static func catchAll() {
        // Made before a handler can want it.
        _ = first.load(ordering: .relaxed)
        for number in [SIGINT, SIGTERM] { Glibc.signal(number) { TerminationSignals.note($0) } }
    }

    /// Catches the first of them; the second ends the process, for a command that has nothing to give
    /// back but its exit code.
    static func catchFirst() {
        // Made before a handler can want it.
        _ = first.load(ordering: .relaxed)
        for number in [SIGINT, SIGTERM] {
            Glibc.signal(number) { number in
                TerminationSignals.note(number)
                Glibc.signal(SIGINT, SIG_DFL)
                Glibc.signal(SIGTERM, SIG_DFL)
            }
        }
    }

    private static func note(_ number: CInt) {
        _ = first.compareExchange(expected: 0, desired: number, ordering: .relaxed)
    }

    /// Waits for the first of them; returns early when the task is cancelled.
    static func wait() async {
        while received == nil, !Task.isCancelled {
            // Cancelled: the loop's condition ends it.
            try? await Task.sleep(for: .milliseconds(50))
        }
    }
}
