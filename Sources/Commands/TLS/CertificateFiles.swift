// SPDX-License-Identifier: Apache-2.0

/// The two files of a certificate and its key.
struct CertificateFiles: Hashable {
    var certificate: String
    var key: String

    /// Writes both, the key for its owner alone, and says so; neither is left after a failure.
    func write(
        _ pair: CertificateAuthority.Pair,
        in context: CommandContext
    ) throws(CommandFailure) {
        do throws(LocalFile.FileProblem) {
            try context.newFiles.create(key, Array(pair.key.utf8), mode: 0o600)
            do throws(LocalFile.FileProblem) {
                try context.newFiles.create(
                    certificate,
                    Array(pair.certificate.utf8),
                    mode: 0o644
                )
            } catch {
                context.newFiles.remove(key)
                throw error
            }
        } catch { throw CommandFailure(message: "Error writing files: \(error.message)") }
        context.console.write("==> Saved \(certificate)")
        context.console.write("==> Saved \(key)")
    }
}
