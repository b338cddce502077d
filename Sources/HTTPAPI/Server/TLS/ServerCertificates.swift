// SPDX-License-Identifier: Apache-2.0
import NIOSSL
import Locking

/// What new connections over HTTPS are served with; a reload replaces it, and connections that
/// there are keep what they began with.
public final class ServerCertificates: Sendable {
    private let identity: Lock<ServerIdentity>

    /// Begins with an identity.
    public init(_ identity: ServerIdentity) { self.identity = Lock(identity) }

    /// New connections get this identity from now on.
    public func adopt(_ identity: ServerIdentity) { self.identity.withLock { $0 = identity } }

    /// Until when the certificate counts that new connections get, in seconds since 1970.
    public var notAfter: Int { identity.withLock { $0.notAfter } }

    var current: NIOSSLContext { identity.withLock { $0.context } }
}
