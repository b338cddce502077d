// SPDX-License-Identifier: Apache-2.0
import Foundation
import HealthChecks
import NIOCore
import NIOPosix

/// Files of a test, in a directory that goes with it.
struct TestFiles {
    /// The directory.
    let directory: URL

    var caFile: String { directory.appendingPathComponent("authorities/ca.pem").path }
    var caPath: String { directory.appendingPathComponent("authorities").path }
    var clientFile: String { directory.appendingPathComponent("client.pem").path }
    var clientKeyFile: String { directory.appendingPathComponent("client.key").path }

    /// Runs something with a directory of certificates.
    static func withDirectory<Value>(
        _ body: (TestFiles) async throws -> Value
    ) async throws -> Value {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("waypost-checks-\(UInt64.random(in: 0...UInt64.max))")
        let files = TestFiles(directory: directory)
        try FileManager.default.createDirectory(
            atPath: files.caPath,
            withIntermediateDirectories: true
        )
        for (path, text) in [
            (files.caFile, TestCertificates.authority),
            (files.clientFile, TestCertificates.client),
            (files.clientKeyFile, TestCertificates.clientKey),
        ] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        }
        let value = try await body(files)
        try FileManager.default.removeItem(at: directory)
        return value
    }

    /// TLS as of an agent with the tests' authority and client certificate.
    static func agentTLS() async throws -> CheckTLS {
        try await withDirectory { files in
            try CheckTLS(
                CheckTLSFiles(
                    caPath: files.caPath,
                    certFile: files.clientFile,
                    keyFile: files.clientKeyFile
                )
            )
        }
    }

    /// A file of the directory that the system may execute.
    func script(_ name: String, _ text: String) throws -> String {
        let file = directory.appendingPathComponent(name)
        try Data(text.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        return file.path
    }
}

/// A TCP listener that takes connections and never says a word.
func startSilentListener() async throws -> any Channel {
    try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .childChannelOption(.autoRead, value: true)
        .bind(host: "127.0.0.1", port: 0)
        .get()
}
