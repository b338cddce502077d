// SPDX-License-Identifier: Apache-2.0
import Checks
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// The texts that Go gives for failed connections; people search logs and outputs for them.
enum DialErrorText {
    /// The text for an error of NIO; `target` is what was to be dialled.
    static func text(_ error: any Error, target: String) -> String {
        if let failure = error as? ProbeFailure { return text(failure, target: target) }
        if let failure = error as? NIOConnectionError {
            if let attempt = failure.connectionErrors.first {
                return text(attempt.error, target: description(attempt.target) ?? target)
            }
            return "dial tcp: lookup \(failure.host): no such host"
        }
        if let text = tlsText(error) { return text }
        switch error {
        case ChannelError.connectTimeout: return "dial tcp \(target): i/o timeout"
        case let error as IOError: return "dial tcp \(target): connect: \(text(error.errnoCode))"
        default: return "dial tcp \(target): \(error)"
        }
    }

    /// The text for a connection that broke while a reply was awaited.
    static func readText(
        _ error: IOError,
        from local: SocketAddress?,
        to remote: SocketAddress?
    ) -> String {
        let ends = [local, remote].map { $0.flatMap(description) ?? "?" }
        return "read tcp \(ends[0])->\(ends[1]): read: \(text(error.errnoCode))"
    }

    /// The text for an error of TLS; `nil` for other errors.
    static func tlsText(_ error: any Error) -> String? {
        switch error {
        case NIOSSLError.handshakeFailed(let reason):
            let text = "\(reason)"
            // BoringSSL does not say whether it is the authority, the time or the purpose.
            return text.contains("CERTIFICATE_VERIFY_FAILED")
                ? "tls: failed to verify certificate: no trusted authority signed it, or it is "
                    + "not valid now"
                : "tls: handshake failed: \(text)"
        case NIOSSLError.uncleanShutdown: return "EOF"
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            return "tls: failed to verify certificate: it is for another name"
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            return "tls: \(error)"
        default: return nil
        }
    }

    private static func text(_ failure: ProbeFailure, target: String) -> String {
        switch failure {
        case .malformed: "dial tcp: address \(target): missing port in address"
        case .unreachable(let error): text(error, target: target)
        case .timedOut: "dial tcp \(target): i/o timeout"
        case .closed: "EOF"
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
