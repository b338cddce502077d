// SPDX-License-Identifier: Apache-2.0

/// Why an authority could not be read, or could not sign.
enum CertificateProblem: Error, Hashable {
    /// The authority's file holds no certificate: the reader's words.
    case certificateUnreadable(String)
    /// The authority's other file holds no key without a password.
    case keyUnreadable
    /// The key is not that of the certificate.
    case keyOfAnother
    /// The certificate must not sign others.
    case isNoAuthority
    /// Names that are outside of the domains that the authority is bound to.
    case namesOutside([String])
    /// What was wished for cannot be signed: why.
    case refused(String)

    /// The failure of a command, with the files that were named.
    func failure(certificate: String, key: String) -> CommandFailure {
        switch self {
        case .certificateUnreadable(let reason):
            CommandFailure(
                message: "Error reading CA: \(certificate) holds no certificate in PEM form: "
                    + reason
            )
        case .keyUnreadable:
            CommandFailure(
                message: "Error reading CA key: \(key) holds no private key in PEM form that is "
                    + "not encrypted with a password"
            )
        case .keyOfAnother:
            CommandFailure(
                message: "The key in \(key) does not belong to the certificate in \(certificate)",
                hint: "Name the files of one authority with -ca and -key."
            )
        case .isNoAuthority:
            CommandFailure(
                message: "The certificate in \(certificate) is not that of an authority",
                hint: "Make one with: tls ca create"
            )
        case .namesOutside(let names):
            CommandFailure(
                message: "\(certificate) may not sign \(names.joined(separator: ", ")): it "
                    + "was made with -name-constraint",
                hint: "The domains are part of it. For others make a new authority, with "
                    + "-additional-name-constraint."
            )
        case .refused(let reason):
            CommandFailure(message: "Error creating the certificate: \(reason)")
        }
    }
}
