// SPDX-License-Identifier: Apache-2.0
import HTTPAPI
import Logging
import Locking

/// Somebody who reads the log along (`/v1/agent/monitor`).
///
/// A reader that is slow loses lines and is told how many; nobody who logs waits for it.
final class LogTap: LogMonitor {
    /// The most lines that wait (Consul: 512).
    static let capacity = 512

    private struct State {
        var lines: [String] = []
        var dropped = 0
        var waiter: CheckedContinuation<String?, Never>?
        var isClosed = false
        var atEnd: (@Sendable () -> Void)?
    }

    /// The lowest level that it reads.
    let level: Logger.Level
    /// Whether it reads JSON.
    let isJSON: Bool
    private let state = Lock(State())

    init(level: Logger.Level, isJSON: Bool) {
        self.level = level
        self.isJSON = isJSON
    }

    /// Calls this once when it is closed.
    func onClose(_ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.atEnd = action }
    }

    /// Takes a line.
    func take(_ line: String) {
        let waiter = state.withLock { state -> CheckedContinuation<String?, Never>? in
            if state.isClosed { return nil }
            if let waiter = state.waiter.take() { return waiter }
            if state.lines.count < Self.capacity {
                state.lines.append(line)
            } else {
                state.dropped += 1
            }
            return nil
        }
        waiter?.resume(returning: line)
    }

    /// All lines that wait, or the next one.
    ///
    /// - Returns: `nil` when it was closed or the task is cancelled.
    func next() async -> String? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready: String?? = state.withLock { state in
                    if state.isClosed { return .some(nil) }
                    guard state.lines.isEmpty else { return .some(Self.takeAll(&state)) }
                    state.waiter = continuation
                    return nil
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            close()
        }
    }

    func close() {
        let (waiter, action) = state.withLock { state in
            state.isClosed = true
            return (state.waiter.take(), state.atEnd.take())
        }
        waiter?.resume(returning: nil)
        action?()
    }

    private static func takeAll(_ state: inout State) -> String {
        defer {
            state.lines = []
            state.dropped = 0
        }
        let lost = state.dropped > 0 ? "[WARN] \(state.dropped) log lines were dropped here\n" : ""
        return state.lines.joined() + lost
    }
}
