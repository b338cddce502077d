// SPDX-License-Identifier: Apache-2.0
internal import AgentConfiguration
internal import NIOSSL

/// Whom a client trusts over HTTPS, and as whom it shows itself (spec cli.md 1.2).
struct ClientTLS: Hashable {
    /// A file that was read, with the flag that names it.
    struct File: Hashable {
        var flag: String
        var path: String
        var octets: [UInt8]
    }

    /// `-ca-file` and the files in `-ca-path`; empty means those of the system.
    var authorities: [File] = []
    /// `-client-cert`.
    var certificate: File?
    /// `-client-key`.
    var key: File?
    /// `-tls-server-name`; empty means the host of the address.
    var serverName = ""
    /// `CONSUL_HTTP_SSL_VERIFY`.
    var verifies = true

    /// What the HTTP client takes.
    ///
    /// - Throws: ``CommandFailure``, which names flag and file.
    func configuration() throws(CommandFailure) -> TLSConfiguration {
        var result = TLSConfiguration.makeClientConfiguration()
        if !verifies { result.certificateVerification = .none }
        if !authorities.isEmpty {
            var trusted: [NIOSSLCertificate] = []
            for file in authorities { trusted += try Self.certificates(file) }
            result.trustRoots = .certificates(trusted)
        }
        guard let certificate, let key else {
            guard certificate == nil, key == nil else {
                throw CommandFailure(
                    message: "Error connecting to Consul agent: both client cert and client key "
                        + "must be provided",
                    hint: "Set -client-cert and -client-key, or neither."
                )
            }
            return result
        }
        result.certificateChain = try Self.certificates(certificate).map { .certificate($0) }
        do {
            result.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key.octets, format: .pem))
        } catch { throw Self.failure(key, "holds no private key in PEM form that can be read") }
        do { _ = try NIOSSLContext(configuration: result) } catch {
            throw Self.failure(key, "does not belong to the certificate in \(certificate.path)")
        }
        return result
    }

    private static func certificates(
        _ file: File
    ) throws(CommandFailure) -> [NIOSSLCertificate] {
        let found = (try? NIOSSLCertificate.fromPEMBytes(file.octets)) ?? []
        guard !found.isEmpty else { throw failure(file, "holds no certificate in PEM form") }
        return found
    }

    private static func failure(_ file: File, _ text: String) -> CommandFailure {
        CommandFailure(
            message: "Error connecting to Consul agent: \(file.flag): \(file.path) \(text)"
        )
    }
}

extension ClientTLS {
    /// Reads the files of flags and environment.
    ///
    /// - Parameters:
    ///   - verifies: `CONSUL_HTTP_SSL_VERIFY`.
    ///   - files: The file system.
    ///   - setting: The value of a flag, or of its variable; empty means none.
    /// - Throws: ``CommandFailure``, which names flag and file.
    init(
        verifies: Bool,
        files: any FileAccess,
        setting: (_ flag: String) -> String
    ) throws(CommandFailure) {
        self.verifies = verifies
        serverName = setting("-tls-server-name")
        func read(_ flag: String, _ path: String) throws(CommandFailure) -> File? {
            guard !path.isEmpty else { return nil }
            do throws(FileFailure) {
                guard case .file(let octets) = try files.open(path) else {
                    throw FileFailure(reason: "is a directory")
                }
                return File(flag: flag, path: path, octets: octets)
            } catch {
                throw CommandFailure(
                    message: "Error connecting to Consul agent: \(flag): open \(path): "
                        + error.reason
                )
            }
        }
        certificate = try read("-client-cert", setting("-client-cert"))
        key = try read("-client-key", setting("-client-key"))
        // Consul: a file comes before a directory.
        if let file = try read("-ca-file", setting("-ca-file")) {
            authorities = [file]
            return
        }
        let directory = setting("-ca-path")
        guard !directory.isEmpty else { return }
        do throws(FileFailure) {
            guard case .directory(let names) = try files.open(directory) else {
                throw FileFailure(reason: "is no directory")
            }
            for name in names.sorted() where !files.isDirectory(directory + "/" + name) {
                guard case .file(let octets) = try files.open(directory + "/" + name) else {
                    continue
                }
                authorities.append(
                    File(flag: "-ca-path", path: directory + "/" + name, octets: octets)
                )
            }
        } catch {
            throw CommandFailure(
                message: "Error connecting to Consul agent: -ca-path: open \(directory): "
                    + error.reason
            )
        }
        guard !authorities.isEmpty else {
            throw CommandFailure(
                message: "Error connecting to Consul agent: -ca-path: \(directory) has no files"
            )
        }
    }
}
