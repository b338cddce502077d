// SPDX-License-Identifier: Apache-2.0

/// `tls.https`, with what `tls.defaults` says where it says nothing.
public struct HTTPSConfiguration: Sendable, Hashable {
    /// A file, and where it was named.
    public struct File: Sendable, Hashable {
        /// The key: `tls.https.cert_file` or `tls.defaults.cert_file`.
        public var setting: String
        /// The path.
        public var path: String
        /// Where the key was written.
        public var position: SourcePosition?

        /// Makes a name of a file.
        public init(setting: String, path: String, position: SourcePosition? = nil) {
            self.setting = setting
            self.path = path
            self.position = position
        }
    }

    /// `tls_min_version`, from oldest to newest.
    public enum Version: Sendable, Hashable, CaseIterable {
        /// `TLSv1_0`, in older spelling `tls10`.
        case tls10
        /// `TLSv1_1`, `tls11`.
        case tls11
        /// `TLSv1_2`, `tls12`, `TLS_AUTO`.
        case tls12
        /// `TLSv1_3`, `tls13`.
        case tls13
    }

    /// `cert_file`.
    public var certificate: File
    /// `key_file`.
    public var key: File
    /// `ca_file`, which comes before `ca_path`.
    public var authorityFile: File?
    /// `ca_path`: a directory.
    public var authorityDirectory: File?
    /// `verify_incoming`.
    public var verifiesClients = false
    /// `tls_min_version`.
    public var minimumVersion = Version.tls12
    /// `tls_cipher_suites`, as numbers of the registry; empty means the library's choice.
    public var cipherSuites: [UInt16] = []

    /// Makes the configuration of a server without demands on clients.
    public init(certificate: File, key: File) {
        self.certificate = certificate
        self.key = key
    }
}

/// `limits.request_limits`.
public struct RequestLimitConfiguration: Sendable, Hashable {
    /// What happens to requests over the limit.
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        /// Nothing.
        case disabled
        /// They are counted.
        case permissive
        /// They are refused.
        case enforcing
    }

    /// `.mode`.
    public var mode = Mode.disabled
    /// `.read_rate`, a second; negative means no limit.
    public var readRate = -1.0
    /// `.write_rate`, a second; negative means no limit.
    public var writeRate = -1.0

    /// No limits.
    public init() {}
}
