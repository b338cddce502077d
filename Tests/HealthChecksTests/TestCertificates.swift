// SPDX-License-Identifier: Apache-2.0
import HealthChecks
import NIOSSL

/// Certificates for tests alone, valid from 2020 to 2120: an authority, a server `web.example` on
/// 127.0.0.1, and a client.
enum TestCertificates {
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBeDCCAR6gAwIBAgIUSPJj4MHaefa0IDspHMH89vErp9cwCgYIKoZIzj0EAwIw
        GTEXMBUGA1UEAwwOY2hlY2tzIHRlc3QgQ0EwIBcNMjAwMTAxMDAwMDAwWhgPMjEy
        MDAxMDEwMDAwMDBaMBkxFzAVBgNVBAMMDmNoZWNrcyB0ZXN0IENBMFkwEwYHKoZI
        zj0CAQYIKoZIzj0DAQcDQgAEVnU++odNOew/paUG0ozIsPZFT684/9fsybifZBRQ
        Mo+/30+z9wRIA5WBLA7NBCteINW3P77PxQgk9AbtwwOFD6NCMEAwDwYDVR0TAQH/
        BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQwHQYDVR0OBBYEFLWdDqh88KMHO5K3lj77
        mf1mueUcMAoGCCqGSM49BAMCA0gAMEUCIQD8no5akn71GIzPp8X6LvP4L2x4ejzB
        m7r5CADM2uk65gIgPLtJYcu+GQVly9KcpDzLdf3BN2wzIWwYVboNTUObgzo=
        -----END CERTIFICATE-----
        """
    static let server = """
        -----BEGIN CERTIFICATE-----
        MIIBojCCAUmgAwIBAgIUY1w9Hb9z/78WhuASeBWMpfScBwgwCgYIKoZIzj0EAwIw
        GTEXMBUGA1UEAwwOY2hlY2tzIHRlc3QgQ0EwIBcNMjAwMTAxMDAwMDAwWhgPMjEy
        MDAxMDEwMDAwMDBaMBExDzANBgNVBAMMBnNlcnZlcjBZMBMGByqGSM49AgEGCCqG
        SM49AwEHA0IABPRWqCdM//G/3O9GJx9kbU2DbkHutLiYUbR65dh39saOhLhCBXrg
        jMFMSdFkSitHWqWKAOca9iq8epYSBlMvHuOjdTBzMBwGA1UdEQQVMBOCC3dlYi5l
        eGFtcGxlhwR/AAABMBMGA1UdJQQMMAoGCCsGAQUFBwMBMB0GA1UdDgQWBBTyBqrM
        67RxFkRqVMaYTanMf1Od+zAfBgNVHSMEGDAWgBS1nQ6ofPCjBzuSt5Y++5n9Zrnl
        HDAKBggqhkjOPQQDAgNHADBEAiAB1hDtLhbQPkCJ6tivHNTyQXxhVHOGX31eNIV1
        VNZBOgIgaP6CuP4SK9cWUWYnOPaXbYDLvoWM4fwuRdCdMlhXTGc=
        -----END CERTIFICATE-----
        """
    static let serverKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg82SuXOG/VK2C3WOq
        +pwiPJ3+ea3Z0cIDiMGkdprcl4WhRANCAAT0VqgnTP/xv9zvRicfZG1Ng25B7rS4
        mFG0euXYd/bGjoS4QgV64IzBTEnRZEorR1qligDnGvYqvHqWEgZTLx7j
        -----END PRIVATE KEY-----
        """
    static let client = """
        -----BEGIN CERTIFICATE-----
        MIIBhTCCASugAwIBAgIUCcBtLqEvGTLp/aQk0ul+MEKyXeUwCgYIKoZIzj0EAwIw
        GTEXMBUGA1UEAwwOY2hlY2tzIHRlc3QgQ0EwIBcNMjAwMTAxMDAwMDAwWhgPMjEy
        MDAxMDEwMDAwMDBaMBExDzANBgNVBAMMBmNsaWVudDBZMBMGByqGSM49AgEGCCqG
        SM49AwEHA0IABEPGSvohgqLJQftmmSnO0JpB7yeZ2LFsaJ6+uAZHONwT8S5tNxTj
        RnSzYqv8FZ+zagMqYnoEdpK6MWXcnHSyeQWjVzBVMBMGA1UdJQQMMAoGCCsGAQUF
        BwMCMB0GA1UdDgQWBBSPNzZUT6ayxWgmTrH9+K1a4hZeczAfBgNVHSMEGDAWgBS1
        nQ6ofPCjBzuSt5Y++5n9ZrnlHDAKBggqhkjOPQQDAgNIADBFAiEAn4gm7rvUQ69C
        /xNVD7FguyWqwlcLuKkaiOLkcbuTzmUCICnSATvLJRuSXkvmB25twsQ0GSlNOmpV
        0I5tklptX4Io
        -----END CERTIFICATE-----
        """
    static let clientKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggTzaraCXAz4AUMMc
        xAo9b3aUWm7XSkVipjbC3PkJSe+hRANCAARDxkr6IYKiyUH7ZpkpztCaQe8nmdix
        bGievrgGRzjcE/EubTcU40Z0s2Kr/BWfs2oDKmJ6BHaSujFl3Jx0snkF
        -----END PRIVATE KEY-----
        """

    /// TLS of a server; with `asksForCertificate` only clients of the authority are let in.
    static func serverContext(
        protocols: [String] = [],
        asksForCertificate: Bool = false
    ) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(try certificate(server))],
            privateKey: .privateKey(
                try NIOSSLPrivateKey(bytes: Array(serverKey.utf8), format: .pem)
            )
        )
        configuration.applicationProtocols = protocols
        if asksForCertificate {
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .certificates([try certificate(authority)])
        }
        return try NIOSSLContext(configuration: configuration)
    }

    private static func certificate(_ text: String) throws -> NIOSSLCertificate {
        try NIOSSLCertificate(bytes: Array(text.utf8), format: .pem)
    }
}
