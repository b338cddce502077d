// SPDX-License-Identifier: Apache-2.0
import Glibc
import NIOCore

/// Why the HTTP API cannot be served.
public struct HTTPServerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of failure.
    public enum Code: Hashable, Sendable {
        /// Another process has the address, or the socket's file is there already.
        case addressInUse
        /// The port is privileged, or the folder of the socket is, and this process may not.
        case permissionDenied
        /// This machine does not have the address.
        case addressNotAvailable
        /// Anything else.
        case system
    }

    /// The kind of failure.
    public var code: Code
    /// What failed, why, and what to do about it.
    public var message: String
    /// The address.
    public var address: HTTPListenAddress
    /// The number the kernel gave, or 0.
    public var cause: Int32

    /// The message.
    public var description: String { message }

    /// The port; `nil` for a Unix socket.
    public var port: Int? {
        guard case .ip(_, let port) = address else { return nil }
        return port
    }

    /// A failure to bind an address, for HTTPS or for HTTP.
    init(_ address: HTTPListenAddress, _ error: any Error, isSecure: Bool = false) {
        let name = isSecure ? "https" : "http"
        self.address = address
        let number = (error as? IOError)?.errnoCode ?? 0
        cause = number
        let mend: String
        switch (number, address) {
        case (EADDRINUSE, .ip(_, let port)):
            code = .addressInUse
            mend =
                "Another process listens there (ss -lntp sport = :\(port)); stop it or choose "
                + "another port with ports.\(name) or -\(name)-port, or another address with "
                + "addresses.\(name)."
        case (EADDRINUSE, .unix(let path)):
            code = .addressInUse
            mend =
                "Another process listens there, or left the file behind (ss -lxp src \(path)): "
                + "stop it or remove the file, or choose another path with addresses.\(name)."
        case (EACCES, .ip), (EPERM, .ip):
            code = .permissionDenied
            mend =
                "Ports below 1024 need a right: setcap cap_net_bind_service=+ep on the "
                + "executable, or AmbientCapabilities=CAP_NET_BIND_SERVICE in systemd; or choose "
                + "another port with ports.\(name) or -\(name)-port."
        case (EACCES, .unix), (EPERM, .unix):
            code = .permissionDenied
            mend = "Give this user the right to write into the folder, or choose another path."
        case (EADDRNOTAVAIL, _):
            code = .addressNotAvailable
            mend = "This machine has no such address (ip address); correct addresses.\(name)."
        case (ENOENT, .unix):
            code = .system
            mend = "Make the folder, or choose another path with addresses.\(name)."
        case (0, .unix):
            code = .system
            mend = "Choose another path with addresses.\(name)."
        case (EMFILE, _), (ENFILE, _):
            code = .system
            mend = "Raise the limit of open files (ulimit -n, LimitNOFILE)."
        default:
            code = .system
            mend = "Check addresses.\(name) and ports.\(name)."
        }
        let reason = number > 0 ? Self.text(of: number) : Self.text(of: error, address)
        message = "cannot serve \(name.uppercased()) on \(address): \(reason). \(mend)"
    }

    // What NIO itself finds wrong with a socket's path has no number.
    private static func text(of error: any Error, _ address: HTTPListenAddress) -> String {
        switch (error, address) {
        case (SocketAddressError.unixDomainSocketPathTooLong, _):
            "the path is longer than the 107 octets that a socket's may have"
        case (_, .unix): "there is a file that is no socket"
        default: "\(error)"
        }
    }

    private static func text(of number: Int32) -> String {
        guard let text = unsafe strerror(number) else { return "error \(number)" }
        return unsafe String(cString: text)
    }
}
