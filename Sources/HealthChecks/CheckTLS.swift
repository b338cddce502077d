// SPDX-License-Identifier: Apache-2.0
import Definitions
import FoundationEssentials
import NIOCore
import NIOSSL
import Locking

/// The agent's files of TLS, where checks may use them (`enable_agent_tls_for_checks`).
public struct CheckTLSFiles: Hashable, Sendable {
    /// `ca_file`: a PEM file with the authorities that are trusted; empty for none.
    public var caFile: String
    /// `ca_path`: a directory of such files; empty for none.
    public var caPath: String
    /// `cert_file`: the agent's certificate; empty for none.
    public var certFile: String
    /// `key_file`: the key of the certificate; empty for none.
    public var keyFile: String

    /// Names files.
    public init(
        caFile: String = "",
        caPath: String = "",
        certFile: String = "",
        keyFile: String = ""
    ) {
        self.caFile = caFile
        self.caPath = caPath
        self.certFile = certFile
        self.keyFile = keyFile
    }
}

/// A file of ``CheckTLSFiles`` that cannot be used.
public struct CheckTLSError: Error, Hashable, Sendable {
    /// Which key of the configuration, which file, what is wrong.
    public var message: String
}

/// What ``CheckTLSFiles`` hold, ready to be used.
public struct CheckTLSMaterial: Sendable {
    fileprivate var configuration: TLSConfiguration
}

/// How checks speak TLS: with the roots of the system, or with what the agent was given.
public final class CheckTLS: Sendable {
    private struct Key: Hashable {
        var skipsVerification: Bool
        var protocols: [String]
    }

    private struct State {
        var base: TLSConfiguration
        /// Contexts are costly to make, and there are few kinds of them.
        var contexts: [Key: NIOSSLContext] = [:]
    }

    private let state: Lock<State>
    /// Whether this is what the agent was given (`enable_agent_tls_for_checks`).
    public let isAgents: Bool

    /// Trusts the roots of the system and shows no certificate.
    public init() {
        state = Lock(State(base: .makeClientConfiguration()))
        isAgents = false
    }

    /// Reads the agent's files.
    ///
    /// - Throws: ``CheckTLSError`` for a file that cannot be read or holds nothing of use.
    public init(_ files: CheckTLSFiles) throws(CheckTLSError) {
        state = Lock(State(base: try Self.read(files).configuration))
        isAgents = true
    }

    /// Reads the agent's files, without using them yet.
    ///
    /// Consul: with an authority of its own the agent trusts no other.
    ///
    /// - Throws: ``CheckTLSError`` for a file that cannot be read or holds nothing of use, and for a
    ///   key that is not the certificate's.
    public static func read(_ files: CheckTLSFiles) throws(CheckTLSError) -> CheckTLSMaterial {
        var configuration = TLSConfiguration.makeClientConfiguration()
        var roots: [NIOSSLCertificate] = []
        if !files.caFile.isEmpty {
            roots += try certificates(in: files.caFile, key: "ca_file")
        }
        if !files.caPath.isEmpty {
            for name in try names(in: files.caPath) {
                roots += try certificates(in: files.caPath + "/" + name, key: "ca_path")
            }
        }
        if !roots.isEmpty { configuration.trustRoots = .certificates(roots) }
        if !files.certFile.isEmpty {
            configuration.certificateChain =
                try certificates(in: files.certFile, key: "cert_file")
                .map { .certificate($0) }
            do {
                let key = try NIOSSLPrivateKey(file: files.keyFile, format: .pem)
                configuration.privateKey = .privateKey(key)
            } catch {
                throw CheckTLSError(
                    message: "key_file: '\(files.keyFile)' is no readable PEM key"
                )
            }
            do { _ = try NIOSSLContext(configuration: configuration) } catch {
                throw CheckTLSError(
                    message: "key_file: '\(files.keyFile)' cannot be used with cert_file "
                        + "'\(files.certFile)': it is the key of another certificate"
                )
            }
        }
        return CheckTLSMaterial(configuration: configuration)
    }

    /// New connections use what was read; nothing where checks do not use the agent's files, which
    /// needs a restart to change.
    public func adopt(_ material: CheckTLSMaterial) {
        guard isAgents else { return }
        state.withLock { $0 = State(base: material.configuration) }
    }

    /// A context for one's own connections, made at first need.
    func context(skipsVerification: Bool, protocols: [String]) throws -> NIOSSLContext {
        let key = Key(skipsVerification: skipsVerification, protocols: protocols)
        return try state.withLock { state in
            if let context = state.contexts[key] { return context }
            var configuration = state.base
            if skipsVerification { configuration.certificateVerification = .none }
            configuration.applicationProtocols = protocols
            let context = try NIOSSLContext(configuration: configuration)
            state.contexts[key] = context
            return context
        }
    }

    private static func certificates(
        in file: String,
        key: String
    ) throws(CheckTLSError) -> [NIOSSLCertificate] {
        do { return try NIOSSLCertificate.fromPEMFile(file) } catch {
            throw CheckTLSError(
                message: "\(key): '\(file)' holds no readable PEM certificates"
            )
        }
    }

    private static func names(in directory: String) throws(CheckTLSError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        } catch {
            throw CheckTLSError(message: "ca_path: '\(directory)' is no directory that can be read")
        }
    }
}

/// What a definition says of TLS.
struct TLSWish: Hashable, Sendable {
    /// The name that is expected; empty means the host of the target.
    var serverName: String
    /// Whether whoever answers is believed.
    var skipsVerification: Bool
    /// What is spoken inside (ALPN).
    var protocols: [String] = []
}

extension CheckTLS {
    /// The handler of one connection to a host.
    func handler(_ wish: TLSWish, host: String) throws -> NIOSSLClientHandler {
        let context = try context(
            skipsVerification: wish.skipsVerification,
            protocols: wish.protocols
        )
        let name = wish.serverName.isEmpty ? host : wish.serverName
        do {
            return try Self.handler(context, name, sent: name, verifies: !wish.skipsVerification)
        } catch let error as NIOSSLExtraError where error == .cannotUseIPAddressInSNI {
            // RFC 6066 §3: no address in SNI.
            return try Self.handler(context, name, sent: nil, verifies: !wish.skipsVerification)
        }
    }

    /// The library takes a certificate that is for the peer's address as well as one that is for the
    /// name; here it must be for what was asked for, as with Go.
    private static func handler(
        _ context: NIOSSLContext,
        _ name: String,
        sent: String?,
        verifies: Bool
    ) throws -> NIOSSLClientHandler {
        guard verifies else {
            return try NIOSSLClientHandler(context: context, serverHostname: sent)
        }
        return try NIOSSLClientHandler._makeSSLClientHandler(
            context: context,
            serverHostname: sent
        ) { certificate, channel in
            channel.eventLoop.makeCompletedFuture {
                guard CertificateNames(certificate).cover(name) else {
                    throw NIOSSLExtraError.failedToValidateHostname
                }
            }
        }
    }
}

extension CertificateNames {
    /// The names and addresses of a certificate.
    fileprivate init(_ certificate: NIOSSLCertificate) {
        self.init()
        for name in certificate._subjectAlternativeNames() {
            switch name.nameType {
            case .dnsName: names.append(String(decoding: name.contents, as: UTF8.self))
            case .ipAddress: addresses.append(Array(name.contents))
            default: break
            }
        }
    }
}
