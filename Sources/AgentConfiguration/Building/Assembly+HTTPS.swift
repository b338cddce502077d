// SPDX-License-Identifier: Apache-2.0

extension Assembly {
    /// `tls.https` over `tls.defaults`, when there is an address of HTTPS.
    mutating func readHTTPS() {
        configuration.http.handshakeTimeout = durationQuietly("limits.https_handshake_timeout")
        let version = minimumVersion()
        let suites = cipherSuites()
        guard !configuration.network.https.isEmpty else { return }
        let files = [file("cert_file"), file("key_file")]
        guard let certificate = files[0], let key = files[1] else {
            let missing = zip(["cert_file", "key_file"], files).filter { $0.1 == nil }.map { $0.0 }
            reader.report(
                "ports.https: HTTPS needs a certificate and its key, and there is no "
                    + missing.map { "tls.https.\($0)" }.joined(separator: " and no "),
                at: "ports.https",
                hint: "set tls.https.cert_file and tls.https.key_file to PEM files, or "
                    + "ports.https to -1"
            )
            return
        }
        var https = HTTPSConfiguration(certificate: certificate, key: key)
        https.authorityFile = file("ca_file")
        https.authorityDirectory = file("ca_path")
        https.minimumVersion = version
        https.cipherSuites = suites
        if let setting = setting("verify_incoming") { https.verifiesClients = reader.bool(setting) }
        if https.verifiesClients, https.authorityFile == nil, https.authorityDirectory == nil {
            reader.report(
                "verify_incoming set, and no CA certificate provided!",
                at: setting("verify_incoming") ?? "tls.https.verify_incoming",
                hint: "set tls.https.ca_file to the certificate of who signs those of clients"
            )
        }
        configuration.http.https = https
    }

    /// The key that counts, of the two places where it may stand; `nil` when it stands in neither.
    private func setting(_ name: String) -> String? {
        ["tls.https.\(name)", "tls.defaults.\(name)"].first { reader.tree[$0] != nil }
    }

    private func file(_ name: String) -> HTTPSConfiguration.File? {
        guard let setting = setting(name), !reader.string(setting).isEmpty else { return nil }
        return HTTPSConfiguration.File(
            setting: setting,
            path: reader.string(setting),
            position: reader.position(setting)
        )
    }

    private mutating func minimumVersion() -> HTTPSConfiguration.Version {
        var result = HTTPSConfiguration.Version.tls12
        // The last one wins.
        for path in ["tls.defaults.tls_min_version", "tls.https.tls_min_version"] {
            let text = reader.string(path)
            guard !text.isEmpty else { continue }
            switch text.lowercased() {
            case "tlsv1_0", "tls10": result = .tls10
            case "tlsv1_1", "tls11": result = .tls11
            case "tlsv1_2", "tls12", "tls_auto": result = .tls12
            case "tlsv1_3", "tls13": result = .tls13
            default:
                reader.report(
                    "\(path): value \(text) not supported, please specify one of "
                        + "[TLS_AUTO, TLSv1_0, TLSv1_1, TLSv1_2, TLSv1_3]",
                    at: path
                )
            }
        }
        return result
    }

    private mutating func cipherSuites() -> [UInt16] {
        var result: [UInt16] = []
        for path in ["tls.defaults.tls_cipher_suites", "tls.https.tls_cipher_suites"] {
            let names = reader.string(path).split(separator: ",").map {
                String($0.filter { !$0.isWhitespace })
            }
            guard !names.isEmpty else { continue }
            result = []
            for name in names {
                if let number = Self.suites[name] {
                    result.append(number)
                } else {
                    reader.report(
                        "\(path): unsupported cipher \"\(name)\"",
                        at: path,
                        hint: "those of TLS 1.3 are always on; of TLS 1.2 there are "
                            + Self.suites.keys.sorted().joined(separator: ", ")
                    )
                }
            }
        }
        return result
    }

    /// Go's names and the numbers of the TLS registry (RFC 8447 §4).
    private static let suites: [String: UInt16] = [
        "TLS_RSA_WITH_AES_128_CBC_SHA": 0x2F,
        "TLS_RSA_WITH_AES_256_CBC_SHA": 0x35,
        "TLS_RSA_WITH_AES_128_GCM_SHA256": 0x9C,
        "TLS_RSA_WITH_AES_256_GCM_SHA384": 0x9D,
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": 0xC009,
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": 0xC00A,
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": 0xC013,
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": 0xC014,
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": 0xC02B,
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": 0xC02C,
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": 0xC02F,
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": 0xC030,
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305": 0xCCA8,
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305": 0xCCA9,
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": 0xCCA8,
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": 0xCCA9,
    ]

    /// `limits.request_limits`.
    mutating func readRequestLimits() {
        var limits = RequestLimitConfiguration()
        let path = "limits.request_limits."
        let text = reader.string(path + "mode")
        if let mode = RequestLimitConfiguration.Mode(rawValue: text) {
            limits.mode = mode
        } else {
            reader.report(
                "\(path)mode: \"\(text)\" is not a valid mode",
                at: path + "mode",
                hint: "write disabled, permissive or enforcing"
            )
        }
        limits.readRate = reader.number(path + "read_rate") ?? -1
        limits.writeRate = reader.number(path + "write_rate") ?? -1
        configuration.http.requestLimits = limits
    }
}
