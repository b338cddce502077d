// SPDX-License-Identifier: Apache-2.0
import Definitions
import HTTPTypes
import StateStore

/// A request that is answered with an error: a status and a plain text, as Consul's (HTTP API 1.6).
///
/// Or one that cannot be answered yet: a read that has to wait leaves its handler in this way too.
struct APIFailure: Error {
    var status: HTTPResponse.Status
    var message: String
    var headers = HTTPFields()
    /// No error: the handler is to be called again after this wait.
    var parked: ParkedRead?

    init(_ status: HTTPResponse.Status, _ message: String) {
        self.status = status
        self.message = message
    }

    init(parked: ParkedRead) {
        self.init(.ok, "")
        self.parked = parked
    }

    init(_ failure: AgentFailure) {
        self.init(HTTPResponse.Status(code: failure.status), failure.message)
    }

    init(_ error: DefinitionError) { self.init(.badRequest, error.message) }

    init(_ error: BodyError) { self.init(.badRequest, "Request decode failed: \(error.message)") }

    static func badRequest(_ message: String) -> APIFailure { APIFailure(.badRequest, message) }
    static func server(_ message: String) -> APIFailure {
        APIFailure(.internalServerError, message)
    }

    /// Another datacenter than ours was asked for.
    static let noPathToDatacenter = server("No path to datacenter")
}

extension APIFailure {
    /// A write that did not take effect (HTTP API 4.4).
    init(_ error: SubmitError) {
        switch error {
        case .refused(let refusal): self = .server(refusal.text)
        case .overloaded:
            self.init(.serviceUnavailable, "Too many writes at once. Try again.")
        case .storageFull:
            self.init(
                .serviceUnavailable,
                "No space is left on the disk of data_dir: writes are refused until there is."
            )
        case .tooLarge(let limit):
            self.init(
                .contentTooLarge,
                "The write is larger than an entry of the log may be: \(limit) octets."
            )
        case .notWritten(let reason):
            self = .server("The state could not be written, so that nothing has changed: \(reason)")
        case .stopped: self = .server("No cluster leader")
        }
    }
}
