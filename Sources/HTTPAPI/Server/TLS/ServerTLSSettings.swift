// SPDX-License-Identifier: Apache-2.0

/// A file of the TLS configuration: which key names it, where it lies, what it holds.
public struct TLSFile: Hashable, Sendable {
    /// The key of the configuration: `tls.https.cert_file`.
    public var setting: String
    /// The path.
    public var path: String
    /// The contents.
    public var octets: [UInt8]

    /// Makes a file that was read.
    public init(setting: String, path: String, octets: [UInt8]) {
        self.setting = setting
        self.path = path
        self.octets = octets
    }
}

/// What HTTPS is served with (`tls.https`).
public struct ServerTLSSettings: Sendable {
    /// A version of the protocol.
    public enum Version: Sendable {
        /// RFC 2246, not safe any more.
        case tls10
        /// RFC 4346, not safe any more.
        case tls11
        /// RFC 5246.
        case tls12
        /// RFC 8446.
        case tls13
    }

    /// `cert_file`: the certificate of this agent, then those between it and its authority.
    public var certificate: TLSFile
    /// `key_file`: its private key.
    public var key: TLSFile
    /// `ca_file`, or the files in `ca_path`: who may sign certificates of clients.
    public var authorities: [TLSFile] = []
    /// `verify_incoming`: whether clients need a certificate of one of the authorities.
    public var verifiesClients = false
    /// `tls_min_version`.
    public var minimumVersion = Version.tls12
    /// `tls_cipher_suites` for TLS 1.2 and before, as numbers of the registry; empty means the
    /// library's choice.
    public var cipherSuites: [UInt16] = []

    /// Makes settings with Consul's defaults.
    public init(certificate: TLSFile, key: TLSFile) {
        self.certificate = certificate
        self.key = key
    }
}

/// Why a file of the TLS configuration cannot be used.
public struct TLSFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which key, which file, what is wrong, and how to mend it.
    public var description: String

    init(_ file: TLSFile, _ text: String) {
        description = "\(file.setting): \(file.path) \(text)"
    }
}
