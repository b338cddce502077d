// SPDX-License-Identifier: Apache-2.0
import NIOSSL
import Synchronization

/// What new connections over HTTPS are served with; a reload replaces it, and connections that
/// there are keep what they began with.
public final class ServerCertificates: Sendable {
    private let context: Mutex<NIOSSLContext>

    /// Begins with an identity.
    public init(_ identity: ServerIdentity) { context = Mutex(identity.context) }

    /// New connections get this identity from now on.
    public func adopt(_ identity: ServerIdentity) { context.withLock { $0 = identity.context } }

    var current: NIOSSLContext { context.withLock { $0 } }
}
