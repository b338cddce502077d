// SPDX-License-Identifier: Apache-2.0
import AgentConfiguration
import DNSTransport
import HTTPAPI
import LocalState

/// Says why an agent does not start, where, and how to mend it.
enum StartFailure {
    /// The text of an error at start.
    static func text(of error: any Error, _ configuration: RuntimeConfiguration) -> String {
        switch error {
        case let error as DNSServerError:
            guard error.code == .addressInUse,
                let holder = PortHolder.describe(port: configuration.network.ports.dns)
            else { return error.message }
            return "\(error.message) It is \(holder); the flag is -dns-port."
        case let error as HTTPServerError:
            guard error.code == .addressInUse, let port = error.port,
                let holder = PortHolder.describe(port: port)
            else { return error.message }
            return "\(error.message) It is \(holder)."
        case let error as LocalStateError:
            return error.message
        default:
            return "\(error)"
        }
    }
}
