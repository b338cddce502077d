// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import HTTPAPI

/// Reads the files that `tls.https` names.
struct HTTPSFiles {
    /// The file system.
    let files: any FileAccess

    /// The identity that HTTPS is served with.
    ///
    /// - Throws: ``FileProblem``, which names key, place and file.
    func identity(_ configuration: HTTPSConfiguration) throws(FileProblem) -> ServerIdentity {
        var settings = ServerTLSSettings(
            certificate: try read(configuration.certificate),
            key: try read(configuration.key)
        )
        settings.verifiesClients = configuration.verifiesClients
        settings.cipherSuites = configuration.cipherSuites
        settings.minimumVersion =
            switch configuration.minimumVersion {
            case .tls10: .tls10
            case .tls11: .tls11
            case .tls12: .tls12
            case .tls13: .tls13
            }
        // Consul: a file comes before a directory.
        if let file = configuration.authorityFile {
            settings.authorities = [try read(file)]
        } else if let directory = configuration.authorityDirectory {
            settings.authorities = try readAll(directory)
        }
        do { return try ServerIdentity(settings) } catch {
            throw problem(error.description, configuration.certificate.position)
        }
    }

    /// What is wrong with the time of a certificate; `nil` when it counts now.
    static func complaint(
        _ identity: ServerIdentity,
        _ configuration: HTTPSConfiguration,
        now: Int
    ) -> String? {
        let file = "\(configuration.certificate.setting): \(configuration.certificate.path)"
        if now > identity.notAfter {
            return "\(file) expired on \(date(identity.notAfter)), and clients refuse it. Put a "
                + "new certificate there and run `waypost reload`."
        }
        if now < identity.notBefore {
            return "\(file) counts from \(date(identity.notBefore)) on, and clients refuse it "
                + "until then. Check the clock of this machine."
        }
        guard identity.notAfter - now < 7 * 86400 else { return nil }
        return "\(file) expires on \(date(identity.notAfter)): put a new certificate there and run "
            + "`waypost reload`."
    }

    private func read(_ file: HTTPSConfiguration.File) throws(FileProblem) -> TLSFile {
        do throws(FileFailure) {
            guard case .file(let octets) = try files.open(file.path) else {
                throw FileFailure(reason: "is a directory, not a file")
            }
            return TLSFile(setting: file.setting, path: file.path, octets: octets)
        } catch {
            throw problem("\(file.setting): \(file.path): \(error.reason)", file.position)
        }
    }

    private func readAll(_ directory: HTTPSConfiguration.File) throws(FileProblem) -> [TLSFile] {
        let names: [String]
        do throws(FileFailure) {
            guard case .directory(let found) = try files.open(directory.path) else {
                throw FileFailure(reason: "is a file; name it with ca_file")
            }
            names = found.sorted()
        } catch {
            throw problem(
                "\(directory.setting): \(directory.path): \(error.reason)",
                directory.position
            )
        }
        var result: [TLSFile] = []
        for name in names {
            let path = directory.path + "/" + name
            guard !files.isDirectory(path) else { continue }
            var file = directory
            file.path = path
            result.append(try read(file))
        }
        guard !result.isEmpty else {
            throw problem(
                "\(directory.setting): \(directory.path) has no files",
                directory.position
            )
        }
        return result
    }

    private func problem(_ text: String, _ position: SourcePosition?) -> FileProblem {
        FileProblem(position.map { "\($0): \(text)" } ?? text)
    }

    private static func date(_ seconds: Int) -> String {
        CalendarTime(seconds: max(0, seconds)).text
    }
}
