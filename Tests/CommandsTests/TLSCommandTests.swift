// SPDX-License-Identifier: Apache-2.0
import Crypto
import Foundation
import SwiftASN1
import Testing
import X509

@testable import Commands

@Suite("tls ca create and tls cert create")
struct TLSCommandTests {
    /// Now, in whole seconds, as certificates have them: they are verified at the present time.
    private static let now = Date(
        timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down)
    )

    /// Runs a command line in a folder.
    private func tls(_ line: String, in folder: FolderInMemory) async -> CommandOutcome {
        let (output, errors) = (Sink(), Sink())
        var context = CommandContext(
            program: "waypost",
            environment: [:],
            console: Console(output: { output.add($0) }, errors: { errors.add($0) }),
            files: folder,
            connect: { _ in AgentInMemory([:]) }
        )
        context.newFiles = folder
        // A part of a second does not make a certificate begin later.
        context.now = { Self.now.addingTimeInterval(0.75) }
        let words = ["tls"] + line.split(separator: " ").map(String.init)
        let code = await CommandLineTool(context: context) { _ in 0 }.run(words)
        return CommandOutcome(code: code, output: output.value, errors: errors.value, requests: [])
    }

    private func certificate(_ path: String, _ folder: FolderInMemory) throws -> Certificate {
        try Certificate(pemEncoded: folder[path])
    }

    private func days(_ certificate: Certificate) -> Double {
        certificate.notValidAfter.timeIntervalSince(certificate.notValidBefore) / 86400
    }

    @Test("an authority: its files, permissions, key and extensions")
    func authority() async throws {
        let folder = FolderInMemory()
        let done = await tls("ca create", in: folder)
        #expect(done.code == 0 && done.errors == "")
        #expect(
            done.output
                == "==> Saved consul-agent-ca.pem\n==> Saved consul-agent-ca-key.pem\n"
        )
        #expect(
            folder.files.mapValues(\.mode)
                == ["consul-agent-ca.pem": 0o644, "consul-agent-ca-key.pem": 0o600]
        )
        let made = try certificate("consul-agent-ca.pem", folder)
        let key = try P256.Signing.PrivateKey(pemRepresentation: folder["consul-agent-ca-key.pem"])
        #expect(made.publicKey == Certificate.PublicKey(key.publicKey))
        #expect(made.publicKey.isValidSignature(made.signature, for: made))
        #expect(made.notValidBefore == Self.now && days(made) == 1825)
        #expect(made.issuer == made.subject)
        #expect("\(made.subject)".hasPrefix("CN=Consul Agent CA "))
        #expect(
            try made.extensions.basicConstraints == .isCertificateAuthority(maxPathLength: nil)
        )
        #expect(
            try made.extensions.keyUsage
                == KeyUsage(digitalSignature: true, keyCertSign: true, cRLSign: true)
        )
        #expect(try made.extensions.nameConstraints == nil)
        #expect(try made.extensions.subjectAlternativeNames == nil)
    }

    @Test("what is asked for an authority is in it")
    func authorityFlags() async throws {
        let folder = FolderInMemory()
        let done = await tls(
            "ca create -days=30 -domain=example.com -name-constraint -common-name=Own "
                + "-additional-name-constraint=a.test -additional-name-constraint b.test "
                + "-cluster-id=AB-12",
            in: folder
        )
        #expect(done.code == 0, "\(done.errors)")
        let made = try certificate("example.com-agent-ca.pem", folder)
        #expect("\(made.subject)" == "CN=Own" && days(made) == 30)
        let constraints = try #require(try made.extensions.nameConstraints)
        #expect(
            Array(constraints.permittedDNSDomains)
                == ["a.test", "b.test", "example.com", "localhost"]
        )
        #expect(made.extensions[oid: .X509ExtensionID.nameConstraints]?.critical == true)
        let names = try #require(try made.extensions.subjectAlternativeNames)
        #expect(Array(names) == [.uniformResourceIdentifier("spiffe://ab-12.example.com")])
    }

    @Test(
        "what is there is never overwritten",
        arguments: ["consul-agent-ca.pem", "consul-agent-ca-key.pem"]
    )
    func noOverwriting(path: String) async {
        let folder = FolderInMemory([path: "old"])
        let done = await tls("ca create", in: folder)
        #expect(done.code == 1 && done.output == "")
        #expect(done.errors.hasPrefix("\(path) already exists.\n"))
        #expect(folder.files.mapValues(\.text) == [path: "old"])
    }

    @Test("a certificate that cannot be written leaves no key behind")
    func halfWritten() async {
        let folder = FolderInMemory(refusing: ["consul-agent-ca.pem"])
        let done = await tls("ca create", in: folder)
        #expect(done.code == 1 && done.output == "")
        #expect(
            done.errors
                == "Error writing files: open consul-agent-ca.pem: permission denied\n"
        )
        #expect(folder.files.isEmpty)
    }

    @Test(
        "names, addresses and usages of each role",
        arguments: [
            ("server", "server.dc1.consul", ["localhost"], true, [1, 2]),
            ("client", "client.dc1.consul", ["localhost"], true, [2, 1]),
            ("cli", "cli.dc1.consul", ["localhost"], false, [2]),
        ]
    )
    func roles(
        role: String,
        name: String,
        more: [String],
        hasAddress: Bool,
        usages: [Int]
    ) async throws {
        let folder = FolderInMemory()
        _ = await tls("ca create", in: folder)
        let done = await tls("cert create -\(role)", in: folder)
        #expect(done.code == 0 && done.errors == "")
        let path = "dc1-\(role)-consul-0"
        #expect(
            done.output.hasSuffix(
                "==> Using consul-agent-ca.pem and consul-agent-ca-key.pem\n"
                    + "==> Saved \(path).pem\n==> Saved \(path)-key.pem\n"
            )
        )
        #expect(done.output.hasPrefix("==> WARNING: Server Certificates") == (role == "server"))
        #expect(folder.files["\(path)-key.pem"]?.mode == 0o600)
        let made = try certificate("\(path).pem", folder)
        let authority = try certificate("consul-agent-ca.pem", folder)
        #expect("\(made.subject)" == "CN=\(name)" && made.issuer == authority.subject)
        #expect(authority.publicKey.isValidSignature(made.signature, for: made))
        #expect(days(made) == 365)
        #expect(try made.extensions.basicConstraints == .notCertificateAuthority)
        #expect(
            try made.extensions.keyUsage
                == KeyUsage(digitalSignature: true, keyEncipherment: true)
        )
        let expected: [ExtendedKeyUsage.Usage] = usages.map { $0 == 1 ? .serverAuth : .clientAuth }
        #expect(try made.extensions.extendedKeyUsage.map(Array.init) == expected)
        let local: [GeneralName] = [.ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1]))]
        #expect(
            try made.extensions.subjectAlternativeNames.map(Array.init)
                == ([name] + more).map { .dnsName($0) } + (hasAddress ? local : [])
        )
        #expect(
            try made.extensions.authorityKeyIdentifier?.keyIdentifier
                == authority.extensions.subjectKeyIdentifier?.keyIdentifier
        )
        let key = try P256.Signing.PrivateKey(pemRepresentation: folder["\(path)-key.pem"])
        #expect(made.publicKey == Certificate.PublicKey(key.publicKey))
    }

    @Test("further names and addresses, a node, datacenter, domain and days")
    func flags() async throws {
        let folder = FolderInMemory()
        _ = await tls("ca create -domain=example.com", in: folder)
        let done = await tls(
            "cert create -server -dc=east -domain=example.com -days=7 -node=one "
                + "-additional-dnsname=*.api.test -additional-dnsname=ui.test "
                + "-additional-ipaddress=10.0.0.1 -additional-ipaddress=fd00::1",
            in: folder
        )
        #expect(done.code == 0, "\(done.errors)")
        let made = try certificate("east-server-example.com-0.pem", folder)
        #expect(days(made) == 7)
        let names = [
            "*.api.test", "ui.test", "one.server.east.example.com", "server.east.example.com",
            "localhost",
        ]
        let addresses: [[UInt8]] = [
            [10, 0, 0, 1], [0xfd] + Array(repeating: 0, count: 14) + [1], [127, 0, 0, 1],
        ]
        #expect(
            try made.extensions.subjectAlternativeNames.map(Array.init)
                == names.map { .dnsName($0) }
                + addresses.map { .ipAddress(ASN1OctetString(contentBytes: $0[...])) }
        )
    }

    @Test("files get the first number that is free for both")
    func counter() async {
        let folder = FolderInMemory(["dc1-cli-consul-1-key.pem": "old"])
        _ = await tls("ca create", in: folder)
        for number in [0, 2, 3] {
            let done = await tls("cert create -cli", in: folder)
            #expect(done.output.hasSuffix("==> Saved dc1-cli-consul-\(number)-key.pem\n"))
        }
        #expect(folder["dc1-cli-consul-1-key.pem"] == "old")
        #expect(folder.files["dc1-cli-consul-1.pem"] == nil)
    }

    @Test("keys of other curves and RSA keys sign too")
    func otherKeys() async throws {
        let key = P384.Signing.PrivateKey()
        let folder = FolderInMemory()
        folder["ca-key.pem"] = key.pemRepresentation
        folder["ca.pem"] = try Self.selfSigned(Certificate.PrivateKey(key))
        let done = await tls("cert create -client -ca=ca.pem -key=ca-key.pem", in: folder)
        #expect(done.code == 0, "\(done.errors)")
        let made = try certificate("dc1-client-consul-0.pem", folder)
        let authority = try certificate("ca.pem", folder)
        #expect(authority.publicKey.isValidSignature(made.signature, for: made))
    }

    /// An authority with another key, in PEM form.
    private static func selfSigned(
        _ key: Certificate.PrivateKey,
        isAuthority: Bool = true,
        days: Double = 400
    ) throws -> String {
        let name = try DistinguishedName { CommonName("other") }
        return try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: key.publicKey,
            notValidBefore: now.addingTimeInterval(-86400 * 9),
            notValidAfter: now.addingTimeInterval(86400 * days),
            issuer: name,
            subject: name,
            extensions: try Certificate.Extensions {
                if isAuthority {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                }
            },
            issuerPrivateKey: key
        ).serializeAsPEM().pemString
    }

    @Test("an authority that may not sign a name, or is over, says so")
    func refusals() async throws {
        let folder = FolderInMemory()
        _ = await tls("ca create -name-constraint -days=10", in: folder)
        let outside = await tls("cert create -cli -additional-dnsname=a.test -days=5", in: folder)
        #expect(outside.code == 1)
        #expect(outside.errors.hasPrefix("consul-agent-ca.pem may not sign a.test: "))
        let longer = await tls("cert create -cli", in: folder)
        #expect(longer.code == 0)
        #expect(longer.errors.contains("consul-agent-ca.pem ends before this certificate does"))
        #expect(folder.files.keys.filter { $0.hasPrefix("dc1") }.count == 2)

        let key = P256.Signing.PrivateKey()
        folder["old-key.pem"] = key.pemRepresentation
        folder["old.pem"] = try Self.selfSigned(Certificate.PrivateKey(key), days: -1)
        let over = await tls("cert create -cli -ca=old.pem -key=old-key.pem", in: folder)
        #expect(over.code == 1 && over.errors.hasPrefix("Error creating the certificate: "))
        #expect(folder.files.keys.filter { $0.hasPrefix("dc1") }.count == 2)
    }

    @Test("files of an authority that cannot be used are named")
    func badAuthorities() async throws {
        let none = await tls("cert create -server", in: FolderInMemory())
        #expect(none.code == 1 && none.output == "")
        #expect(
            none.errors
                == "Error reading CA: open consul-agent-ca.pem: no such file or directory\n"
                + "Make an authority with: tls ca create\n"
        )
        let folder = FolderInMemory()
        _ = await tls("ca create", in: folder)
        _ = await tls("ca create -domain=other", in: folder)
        let flags = [
            "-key=none.pem": "Error reading CA key: open none.pem: no such file or directory",
            "-key=consul-agent-ca.pem": "consul-agent-ca.pem holds no private key in PEM form",
            "-ca=consul-agent-ca-key.pem": "holds no certificate in PEM form",
            "-key=other-agent-ca-key.pem": "does not belong to the certificate in consul-agent-ca",
            "-ca=": "Please provide the ca",
            "-key=": "Please provide the key",
        ]
        for (flag, text) in flags {
            let done = await tls("cert create -cli \(flag)", in: folder)
            #expect(done.code == 1 && done.errors.contains(text), "\(flag): \(done.errors)")
        }
        let key = P256.Signing.PrivateKey()
        folder["leaf-key.pem"] = key.pemRepresentation
        folder["leaf.pem"] = try Self.selfSigned(Certificate.PrivateKey(key), isAuthority: false)
        let leaf = await tls("cert create -cli -ca=leaf.pem -key=leaf-key.pem", in: folder)
        #expect(leaf.errors.hasPrefix("The certificate in leaf.pem is not that of an authority"))
    }

    @Test(
        "mistakes in flags",
        arguments: [
            ("cert create", "Please provide either -server, -client, or -cli"),
            ("cert create -server -cli", "Please provide either -server, -client, or -cli"),
            ("cert create -cli -node=a", "-node requires -server"),
            ("cert create -cli -days=0", "-days must be between 1 and 36500, not 0"),
            ("cert create -cli -dc=../x", "-dc: \"../x\" is no DNS name"),
            ("cert create -cli -additional-dnsname=a..b", "\"a..b\" is no DNS name"),
            ("cert create -cli -additional-ipaddress=10.0.0", "\"10.0.0\" is no IP address"),
            ("cert create -cli -dc=\(String(repeating: "a", count: 60))", "64 characters at most"),
            ("ca create -domain=a/b", "-domain: \"a/b\" is no DNS name"),
            ("ca create -days=99999", "-days must be between 1 and 36500, not 99999"),
            ("ca create -additional-name-constraint=a", "without -name-constraint"),
            ("ca create -common-name=\(String(repeating: "a", count: 65))", "64 characters"),
        ]
    )
    func mistakes(line: String, text: String) async {
        let folder = FolderInMemory()
        let done = await tls(line, in: folder)
        #expect(done.code == 1 && done.errors.contains(text), "\(done.errors)")
        #expect(folder.files.isEmpty)
    }

    @Test("the group explains itself")
    func group() async {
        let done = await run("tls")
        #expect(done.code == 1)
        #expect(await run("tls", "-h").output.contains("ca create"))
        #expect(await run("tls", "cert", "create", "-h").output.contains("-additional-dnsname"))
    }
}
