// SPDX-License-Identifier: Apache-2.0
import DNSWire

@testable import DNSAnswers

/// Explains a question about Catalogue K with a configuration of spec 7.1.
func explain(
    _ name: String,
    _ type: RecordType = .a,
    _ configuration: String = "C0",
    changing change: (inout DNSSettings) -> Void = { _ in }
) throws -> Explanation {
    let server = try TestServer(configuration: configuration, changing: change)
    return try explain(name, type, server)
}

/// Explains a question about a server.
func explain(
    _ name: String,
    _ type: RecordType,
    _ server: TestServer
) throws -> Explanation {
    Explanation(try DomainName(text: name), type, in: server.snapshot, now: 1_700_000_000)
}

/// Who is answered, and each reason.
func table(_ explanation: Explanation) -> [String] {
    explanation.instances.map { "\($0.node)/\($0.id) \($0.isAnswered): \($0.reason)" }
}
