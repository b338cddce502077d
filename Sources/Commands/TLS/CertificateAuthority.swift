// SPDX-License-Identifier: Apache-2.0
internal import Crypto
internal import FoundationEssentials
internal import SwiftASN1
internal import X509

/// An authority that signs certificates: its own certificate and its key.
///
/// The encoding and the signatures are those of swift-certificates and swift-crypto.
struct CertificateAuthority {
    /// The certificate that others trust.
    let certificate: Certificate
    private let key: Certificate.PrivateKey

    /// A certificate and its key, each as a text in PEM form.
    struct Pair: Hashable {
        var certificate: String
        var key: String
    }

    /// What a new authority is to be.
    struct Wish {
        /// Its name; empty for one with its serial number, so that no two are called alike.
        var commonName = ""
        /// Days from now until it ends.
        var days: Int
        /// The domains below which it may sign names; none means any.
        var permittedDomains: [String] = []
        /// The identity of the trust domain (SPIFFE), as a URI.
        var identity: String?
    }

    /// Reads an authority.
    ///
    /// - Parameters:
    ///   - certificate: its certificate in PEM form.
    ///   - key: its key in PEM form: PKCS #8, SEC 1 or PKCS #1, without a password.
    /// - Throws: ``CertificateProblem`` when one cannot be read, when they do not belong together,
    ///   or when it is no authority.
    init(certificate: String, key: String) throws(CertificateProblem) {
        do { self.certificate = try Certificate(pemEncoded: certificate) } catch {
            throw .certificateUnreadable("\(error)")
        }
        do { self.key = try Certificate.PrivateKey(pemEncoded: key) } catch {
            // What the library says of a key could hold parts of it.
            throw .keyUnreadable
        }
        guard self.key.publicKey == self.certificate.publicKey else { throw .keyOfAnother }
        // RFC 5280 §4.2.1.9: only where the certificate says so it may sign others.
        let constraints = try? self.certificate.extensions.basicConstraints
        guard case .isCertificateAuthority? = constraints else { throw .isNoAuthority }
    }

    /// Makes an authority that signs itself, with a new key of the curve P-256.
    ///
    /// - Throws: ``CertificateProblem`` when the library refuses what is wished for.
    static func make(_ wish: Wish, now: Date) throws(CertificateProblem) -> Pair {
        let own = P256.Signing.PrivateKey()
        let key = Certificate.PrivateKey(own)
        let serial = Self.newSerial()
        let name = wish.commonName.isEmpty ? "Consul Agent CA \(hex(serial))" : wish.commonName
        do {
            let subject = try DistinguishedName { CommonName(name) }
            let identifier = SubjectKeyIdentifier(hash: key.publicKey)
            let extensions = try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(digitalSignature: true, keyCertSign: true, cRLSign: true))
                identifier
                AuthorityKeyIdentifier(keyIdentifier: identifier.keyIdentifier)
                if !wish.permittedDomains.isEmpty {
                    // RFC 5280 §4.2.1.10: must be critical.
                    Critical(
                        NameConstraints(
                            permittedSubtrees: wish.permittedDomains.map { .dnsName($0) }
                        )
                    )
                }
                if let identity = wish.identity {
                    SubjectAlternativeNames([.uniformResourceIdentifier(identity)])
                }
            }
            let certificate = try Certificate(
                version: .v3,
                serialNumber: serial,
                publicKey: key.publicKey,
                notValidBefore: wholeSeconds(now),
                notValidAfter: end(of: wish.days, from: now),
                issuer: subject,
                subject: subject,
                extensions: extensions,
                issuerPrivateKey: key
            )
            return Pair(certificate: try text(certificate), key: own.pemRepresentation + "\n")
        } catch { throw .refused("\(error)") }
    }

    /// Signs a certificate with a new key of the curve P-256, and verifies that it is good for what
    /// it is wished for.
    ///
    /// - Throws: ``CertificateProblem`` when the authority may not sign it (RFC 5280 §6: it is over,
    ///   or a name is outside of its domains).
    func sign(_ wish: LeafWish, now: Date) async throws(CertificateProblem) -> Pair {
        let foreign = wish.names.filter { !maySign($0) }
        guard foreign.isEmpty else { throw .namesOutside(foreign) }
        let own = P256.Signing.PrivateKey()
        let key = Certificate.PrivateKey(own)
        let leaf: Certificate
        do {
            let extensions = try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true, keyEncipherment: true))
                try ExtendedKeyUsage(wish.usages.map { $0 == .server ? .serverAuth : .clientAuth })
                SubjectKeyIdentifier(hash: key.publicKey)
                AuthorityKeyIdentifier(keyIdentifier: ownIdentifier)
                SubjectAlternativeNames(
                    wish.names.map { .dnsName($0) }
                        + wish.addresses.map {
                            .ipAddress(ASN1OctetString(contentBytes: $0[...]))
                        }
                )
            }
            leaf = try Certificate(
                version: .v3,
                serialNumber: Self.newSerial(),
                publicKey: key.publicKey,
                notValidBefore: Self.wholeSeconds(now),
                notValidAfter: Self.end(of: wish.days, from: now),
                issuer: certificate.subject,
                subject: try DistinguishedName { CommonName(wish.commonName) },
                extensions: extensions,
                issuerPrivateKey: self.key
            )
        } catch { throw .refused("\(error)") }
        try await verify(leaf)
        do {
            return Pair(certificate: try Self.text(leaf), key: own.pemRepresentation + "\n")
        } catch { throw .refused("\(error)") }
    }

    /// Whether a certificate of so many days outlives the authority.
    func ends(before days: Int, from now: Date) -> Bool {
        certificate.notValidAfter < Self.end(of: days, from: now)
    }

    /// Whether a DNS name is below one of the domains that the authority is bound to, so that it can
    /// be named: the library only says that there is one that is not (RFC 5280 §4.2.1.10).
    private func maySign(_ name: String) -> Bool {
        guard let domains = try? certificate.extensions.nameConstraints?.permittedDNSDomains,
            !domains.isEmpty
        else { return true }
        let name = name.lowercased()
        return domains.contains { domain in
            let domain = domain.lowercased()
            return domain.isEmpty || name == domain || name.hasSuffix("." + domain)
        }
    }

    private func verify(_ leaf: Certificate) async throws(CertificateProblem) {
        var verifier = Verifier(rootCertificates: CertificateStore([certificate])) {
            RFC5280Policy()
        }
        let result = await verifier.validate(leaf: leaf, intermediates: CertificateStore())
        guard case .couldNotValidate(let failures) = result else { return }
        let reasons = failures.map { "\($0.policyFailureReason)" }
        throw .refused(reasons.first ?? "no chain leads to it")
    }

    // What is in the authority's certificate counts: who made it may have reckoned otherwise.
    private var ownIdentifier: ArraySlice<UInt8> {
        let told = try? certificate.extensions.subjectKeyIdentifier
        return (told ?? SubjectKeyIdentifier(hash: certificate.publicKey)).keyIdentifier
    }

    // Certificates tell whole seconds, and a begin that is rounded up is not there yet.
    private static func wholeSeconds(_ time: Date) -> Date {
        Date(timeIntervalSince1970: time.timeIntervalSince1970.rounded(.down))
    }

    private static func end(of days: Int, from now: Date) -> Date {
        wholeSeconds(now).addingTimeInterval(Double(days) * 86400)
    }

    private static func text(_ certificate: Certificate) throws -> String {
        try certificate.serializeAsPEM().pemString + "\n"
    }

    /// A random number that takes 20 octets, the most that there may be (RFC 5280 §4.1.2.2): positive, and
    /// not shorter.
    static func newSerial() -> Certificate.SerialNumber {
        var octets = (0..<20).map { _ in UInt8.random(in: 0...255) }
        octets[0] = octets[0] & 0x7f | 0x40
        return Certificate.SerialNumber(bytes: octets)
    }

    private static func hex(_ serial: Certificate.SerialNumber) -> String {
        serial.bytes.map { octet in
            (octet < 16 ? "0" : "") + String(octet, radix: 16)
        }.joined()
    }
}
