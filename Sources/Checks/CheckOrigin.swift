// SPDX-License-Identifier: Apache-2.0

/// Where the definition of a check came from, which decides where it may reach (SEC-09).
public enum CheckOrigin: Hashable, Sendable {
    /// A file of the agent's configuration: whoever may write that owns the agent.
    case file
    /// The API.
    case api

    /// Refuses addresses at which a check of this origin asks nothing: those that
    /// ``ProbeTarget/refusal(_:)`` refuses where they are written, found behind a name.
    ///
    /// A name is looked up again for every run, so that it has to be asked each time, of the very
    /// addresses that are used.
    ///
    /// - Parameter addresses: what a host resolved to, in the form of `inet_ntop`.
    /// - Throws: ``ForbiddenAddress``, the first of them.
    public func check(_ addresses: some Sequence<String>) throws(ForbiddenAddress) {
        guard self == .api else { return }
        if let address = addresses.first(where: { ProbeTarget.isForbidden($0) }) {
            throw ForbiddenAddress(address: address)
        }
    }
}

/// An address that checks of the API do not ask.
public struct ForbiddenAddress: Error, Hashable {
    /// The address.
    public var address: String

    /// Names the address.
    public init(address: String) { self.address = address }

    /// What the output of the check says.
    public var text: String {
        "refused: the name leads to \(address), a link-local address or the metadata of this "
            + "machine, which only checks in files of the agent's configuration may ask"
    }
}
