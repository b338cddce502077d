// SPDX-License-Identifier: Apache-2.0
import NIOCore
import NIOSSL

/// A certificate with its key, checked and ready to serve with.
public struct ServerIdentity: Sendable {
    let context: NIOSSLContext
    /// From when the certificate counts, in seconds since 1970.
    public let notBefore: Int
    /// Until when the certificate counts, in seconds since 1970.
    public let notAfter: Int

    /// Checks that files hold what they should and belong together.
    ///
    /// - Throws: ``TLSFileError``, which names key and file.
    public init(_ settings: ServerTLSSettings) throws(TLSFileError) {
        let chain = try Self.certificates(settings.certificate)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(try Self.key(settings.key))
        )
        configuration.applicationProtocols = ["http/1.1"]
        // How long a client that was told of the end is waited for.
        configuration.shutdownTimeout = .seconds(1)
        configuration.minimumTLSVersion =
            switch settings.minimumVersion {
            case .tls10: .tlsv1
            case .tls11: .tlsv11
            case .tls12: .tlsv12
            case .tls13: .tlsv13
            }
        if !settings.cipherSuites.isEmpty {
            configuration.cipherSuiteValues = settings.cipherSuites.map { NIOTLSCipher($0) }
        }
        if settings.verifiesClients {
            var authorities: [NIOSSLCertificate] = []
            for file in settings.authorities { authorities += try Self.certificates(file) }
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .certificates(authorities)
            // RFC 8446 §4.2.4: clients with several certificates find theirs by it.
            configuration.sendCANameList = true
        }
        do { context = try NIOSSLContext(configuration: configuration) } catch {
            throw TLSFileError(
                settings.key,
                "does not belong to the certificate in \(settings.certificate.path) "
                    + "(\(settings.certificate.setting)): \(error). Name the key with which that "
                    + "certificate was requested; compare the output of `openssl pkey -pubout -in "
                    + "KEY` and `openssl x509 -pubkey -noout -in CERTIFICATE`."
            )
        }
        notBefore = Int(chain[0].notValidBefore)
        notAfter = Int(chain[0].notValidAfter)
    }

    private static func certificates(
        _ file: TLSFile
    ) throws(TLSFileError) -> [NIOSSLCertificate] {
        let found: [NIOSSLCertificate]
        do { found = try NIOSSLCertificate.fromPEMBytes(file.octets) } catch {
            throw noCertificate(file)
        }
        guard !found.isEmpty else { throw noCertificate(file) }
        return found
    }

    private static func noCertificate(_ file: TLSFile) -> TLSFileError {
        let text = String(decoding: file.octets, as: UTF8.self)
        if text.contains("PRIVATE KEY-----") {
            return TLSFileError(file, "holds a private key; the certificate goes here.")
        }
        return TLSFileError(
            file,
            "holds no certificate in PEM form (-----BEGIN CERTIFICATE-----). "
                + "`openssl x509 -in FILE -inform DER` makes PEM of DER."
        )
    }

    private static func key(_ file: TLSFile) throws(TLSFileError) -> NIOSSLPrivateKey {
        let text = String(decoding: file.octets, as: UTF8.self)
        if text.contains("ENCRYPTED") {
            throw TLSFileError(
                file,
                "is encrypted with a password, which an agent cannot be asked for. "
                    + "`openssl pkey -in FILE -out PLAIN` removes it; keep PLAIN readable for the "
                    + "agent's user alone."
            )
        }
        do { return try NIOSSLPrivateKey(bytes: file.octets, format: .pem) } catch {
            let found = text.contains("BEGIN CERTIFICATE") ? "holds a certificate; " : "holds "
            throw TLSFileError(
                file,
                found + "no private key in PEM form (-----BEGIN PRIVATE KEY-----) that can be read."
            )
        }
    }
}
