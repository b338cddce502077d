// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Why the DNS server could not start.
public struct DNSServerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: Hashable, Sendable {
        /// Another process has the address.
        case addressInUse
        /// The port is privileged and this process may not bind it.
        case permissionDenied
        /// This machine does not have the address.
        case addressNotAvailable
        /// systemd handed over no DNS socket, or one that is none.
        case activation
        /// Anything else that the kernel refused.
        case system
    }

    /// The kind of failure.
    public var code: Code
    /// What failed, why, and what to do about it.
    public var message: String
    /// The address and transport, as `udp 127.0.0.1:53`.
    public var location: String
    /// The number the kernel gave, or 0.
    public var cause: Int32

    /// Makes an error.
    public init(code: Code, message: String, location: String, cause: Int32) {
        self.code = code
        self.message = message
        self.location = location
        self.cause = cause
    }

    /// The message.
    public var description: String { message }

    /// A failure to bind; `errno` positive.
    static func binding(
        _ endpoint: DNSEndpoint,
        transport: String,
        errno number: Int32
    ) -> DNSServerError {
        let location = "\(transport) \(endpoint)"
        let code: Code
        let mend: String
        switch number {
        case EACCES, EPERM:
            code = .permissionDenied
            mend =
                "Ports below 1024 need a right: setcap cap_net_bind_service=+ep on the "
                + "executable, or AmbientCapabilities=CAP_NET_BIND_SERVICE or a socket unit "
                + "in systemd; or choose another port (ports.dns)."
        case EADDRINUSE:
            code = .addressInUse
            mend =
                "Another process listens there (ss -lnup sport = :\(endpoint.port)); stop it "
                + "or choose another address or port."
        case EADDRNOTAVAIL:
            code = .addressNotAvailable
            mend = "This machine has no such address (ip address); correct addresses.dns."
        case EMFILE, ENFILE:
            code = .system
            mend = "Raise the limit of open files (ulimit -n, LimitNOFILE)."
        default:
            code = .system
            mend = "Check addresses.dns and ports.dns."
        }
        return DNSServerError(
            code: code,
            message: "cannot listen on \(location): \(text(of: number)). \(mend)",
            location: location,
            cause: number
        )
    }

    static func text(of number: Int32) -> String {
        guard let text = unsafe strerror(number) else { return "error \(number)" }
        return unsafe String(cString: text)
    }
}
