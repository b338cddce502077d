// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import Glibc
import HTTPAPI
import Logging

/// The certificates of HTTPS at start and at each reload.
struct HTTPSKeeper {
    /// What connections are served with; `nil` when HTTPS is off.
    let certificates: ServerCertificates?
    private var reader: HTTPSFiles { HTTPSFiles(files: SystemFiles()) }

    /// Reads the certificates; one that has expired is served all the same, since DNS has to start.
    ///
    /// - Throws: ``FileProblem`` for files that cannot be used.
    init(_ configuration: RuntimeConfiguration, logger: Logger) throws(FileProblem) {
        guard let https = configuration.http.https else {
            certificates = nil
            return
        }
        let identity = try HTTPSFiles(files: SystemFiles()).identity(https)
        if let complaint = HTTPSFiles.complaint(identity, https, now: time(nil)) {
            logger.error("\(complaint)")
        }
        certificates = ServerCertificates(identity)
    }

    /// Reads the certificates anew, without using them yet.
    ///
    /// - Returns: The identity to adopt; `nil` where there is no HTTPS.
    /// - Throws: ``FileProblem`` for files that cannot be used, and for a certificate that has expired:
    ///   the one before is served on.
    func prepare(_ configuration: RuntimeConfiguration) throws(FileProblem) -> ServerIdentity? {
        guard certificates != nil, let https = configuration.http.https else { return nil }
        let identity = try reader.identity(https)
        let now = time(nil)
        if now > identity.notAfter || now < identity.notBefore,
            let complaint = HTTPSFiles.complaint(identity, https, now: now)
        {
            throw FileProblem(complaint)
        }
        return identity
    }

    /// New connections are served with what was prepared.
    func adopt(_ identity: ServerIdentity?) {
        guard let identity else { return }
        certificates?.adopt(identity)
    }
}
