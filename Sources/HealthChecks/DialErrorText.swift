// SPDX-License-Identifier: Apache-2.0
import Checks
import Definitions
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import NIOSSL

/// The texts that Go gives for failed connections; people search logs and outputs for them.
enum DialErrorText {
    /// The text for an error of NIO; `target` is what was to be dialled.
    static func text(_ error: any Error, target: String) -> String {
        if let failure = error as? ProbeFailure { return text(failure, target: target) }
        if let failure = error as? NameFailure { return "dial tcp: \(failure.text)" }
        if let failure = error as? NIOConnectionError {
            if let attempt = failure.connectionErrors.first {
                return text(attempt.error, target: description(attempt.target) ?? target)
            }
            return "dial tcp: lookup \(failure.host): no such host"
        }
        if let text = tlsText(error) { return text }
        switch error {
        case ChannelError.connectTimeout: return "dial tcp \(target): i/o timeout"
        case let error as IOError:
            return "dial tcp \(target): connect: \(SystemErrorText.text(of: error.errnoCode))"
        case is SocketAddressError: return "dial tcp: lookup \(target): no such host"
        default: return "dial tcp \(target): the connection failed"
        }
    }

    /// The text for a connection that broke while a reply was awaited.
    static func readText(
        _ error: IOError,
        from local: SocketAddress?,
        to remote: SocketAddress?
    ) -> String {
        let ends = [local, remote].map { $0.flatMap(description) ?? "?" }
        return "read tcp \(ends[0])->\(ends[1]): read: \(SystemErrorText.text(of: error.errnoCode))"
    }

    /// The text for an error of TLS; `nil` for other errors.
    static func tlsText(_ error: any Error) -> String? {
        switch error {
        case NIOSSLError.handshakeFailed(let reason):
            return handshakeText("\(reason)")
        case NIOSSLError.uncleanShutdown: return "EOF"
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            return "tls: failed to verify certificate: it is for another name"
        case let error as BoringSSLError: return handshakeText("\(error)")
        case is NIOSSLError, is NIOSSLExtraError: return "tls: the connection failed"
        default: return nil
        }
    }

    /// What BoringSSL says of a failure: `…:OPENSSL_internal:WRONG_VERSION_NUMBER at /…/x.cc:9`.
    private static func handshakeText(_ description: String) -> String {
        guard let sign = description.ranges(of: "OPENSSL_internal:").first else { return "EOF" }
        let reason = description[sign.upperBound...].prefix {
            $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber)
        }
        switch reason {
        case "CERTIFICATE_VERIFY_FAILED":
            // BoringSSL does not say whether it is the authority, the time or the purpose.
            return "tls: failed to verify certificate: no trusted authority signed it, or it is "
                + "not valid now"
        case "WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST":
            return "tls: first record does not look like a TLS handshake"
        default: break
        }
        // What the other side said: `TLSV1_ALERT_UNKNOWN_CA`.
        let alert = reason.ranges(of: "ALERT_").first.map { reason[$0.upperBound...] }
        let words = (alert ?? reason).lowercased().replacing("_", with: " ")
        return alert == nil
            ? "tls: handshake failed: \(words)" : "remote error: tls: \(words)"
    }

    /// What broke a connection that stood, in the words of an output.
    static func brokenText(_ error: any Error, on channel: any Channel) -> String {
        switch error {
        case let error as IOError:
            readText(error, from: channel.localAddress, to: channel.remoteAddress)
        case HTTPParserError.invalidEOFState: "unexpected EOF"
        case is HTTPParserError: "malformed HTTP response"
        case let error where tlsText(error) != nil: tlsText(error) ?? ""
        case is any NIOHTTP2Error: "http2: the answer is not HTTP/2"
        default: "the connection failed"
        }
    }

    private static func text(_ failure: ProbeFailure, target: String) -> String {
        switch failure {
        case .malformed: "dial tcp: address \(malformedText(target))"
        case .unreachable(let error): text(error, target: target)
        case .timedOut: "dial tcp \(target): i/o timeout"
        case .closed: "EOF"
        case .broken(let text): text
        }
    }

    /// What is wrong with a text that is no ``HostPort``, in Go's words.
    static func malformedText(_ target: String) -> String {
        let port = URLPort.text(in: target)
        return URLPort.isNumber(port) && UInt16(port) == nil
            ? "\(port): invalid port" : "\(target): missing port in address"
    }

    private static func description(_ address: SocketAddress) -> String? {
        guard let host = address.ipAddress, let port = address.port else { return nil }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
