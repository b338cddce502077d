// SPDX-License-Identifier: Apache-2.0
import CSockets
import Glibc

/// A thread of our own, for loops that block in system calls. Whoever made it joins it.
// @unchecked: the number is written once, before the value is shared; joining is the owner's.
final class DNSThread: @unchecked Sendable {
    private final class Start: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private let number: pthread_t

    /// Starts the thread.
    init(name: String, _ body: @escaping @Sendable () -> Void) throws(DNSServerError) {
        let start = unsafe Unmanaged.passRetained(Start(name: name, body: body))
        var number = pthread_t()
        let result = unsafe pthread_create(
            &number,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                unsafe csockets_name_thread(start.name)
                start.body()
                return nil
            },
            start.toOpaque()
        )
        guard result == 0 else {
            unsafe start.release()
            throw DNSServerError(
                code: .system,
                message: "cannot start the thread \(name): \(DNSServerError.text(of: result)). "
                    + "Raise the limit of threads (ulimit -u, TasksMax).",
                location: "thread \(name)",
                cause: result
            )
        }
        self.number = number
    }

    /// Waits until the body has returned; called once.
    func join() { pthread_join(number, nil) }
}
