// SPDX-License-Identifier: Apache-2.0
import CSockets
import Glibc

/// A thread of its own with a name.
enum WorkThread {
    /// What a thread is handed.
    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(_ name: String, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Starts a thread that ends when `body` returns.
    static func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let argument = unsafe Unmanaged.passRetained(Start(name, body)).toOpaque()
        let status = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                unsafe csockets_name_thread(start.name)
                start.body()
                return nil
            },
            argument
        )
        precondition(status == 0, "no thread could be started: error \(status)")
        pthread_detach(thread)
    }
}
