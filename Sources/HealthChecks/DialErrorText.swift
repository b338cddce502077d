// SPDX-License-Identifier: Apache-2.0
import Checks
import Glibc
import NIOCore
import NIOPosix

/// The texts that Go gives for failed connections; people search logs and outputs for them.
enum DialErrorText {
    /// The text for an error of NIO; `target` is what was to be dialled.
    static func text(_ error: any Error, target: String) -> String {
        if let failure = error as? NIOConnectionError {
            if let attempt = failure.connectionErrors.first {
                return text(attempt.error, target: description(attempt.target) ?? target)
            }
            return "dial tcp: lookup \(failure.host): no such host"
        }
        switch error {
        case ChannelError.connectTimeout: return "dial tcp \(target): i/o timeout"
        case let error as IOError: return "dial tcp \(target): connect: \(text(error.errnoCode))"
        default: return "dial tcp \(target): \(error)"
        }
    }

    private static func description(_ address: SocketAddress) -> String? {
        guard let host = address.ipAddress, let port = address.port else { return nil }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    private static func text(_ code: CInt) -> String {
        switch code {
        case ECONNREFUSED: "connection refused"
        case ECONNRESET: "connection reset by peer"
        case EHOSTUNREACH: "no route to host"
        case ENETUNREACH: "network is unreachable"
        case ETIMEDOUT: "connection timed out"
        case EACCES: "permission denied"
        case ENOENT: "no such file or directory"
        default: "errno \(code)"
        }
    }
}
