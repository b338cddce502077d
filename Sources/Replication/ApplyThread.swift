// SPDX-License-Identifier: Apache-2.0
import CSockets
import Glibc

/// The thread on which commands are applied.
enum ApplyThread {
    /// Starts it; it ends by itself when the queue of the loop is stopped, and holds the loop
    /// until then.
    static func start(_ loop: ApplyLoop) {
        var thread = pthread_t()
        let argument = unsafe Unmanaged.passRetained(loop).toOpaque()
        let status = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe csockets_name_thread("apply")
                unsafe Unmanaged<ApplyLoop>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            argument
        )
        precondition(status == 0, "no thread could be started: error \(status)")
        pthread_detach(thread)
    }
}
