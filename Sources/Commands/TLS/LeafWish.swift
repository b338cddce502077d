// SPDX-License-Identifier: Apache-2.0

/// What a certificate is to be good for.
struct LeafWish: Hashable {
    /// Which end of a connection may show it.
    enum Usage: Hashable {
        /// Who is connected to.
        case server
        /// Who connects.
        case client
    }

    /// Whom a certificate is for.
    enum Role: String {
        case server
        case client
        case cli
    }

    /// The subject's name.
    var commonName: String
    /// DNS names under which it may be reached.
    var names: [String]
    /// Addresses under which it may be reached, as their octets.
    var addresses: [[UInt8]]
    /// What it may be shown for.
    var usages: [Usage]
    /// Days from now until it ends.
    var days: Int

    /// As Consul chooses names and addresses for a role (spec cli.md 2.2): servers and clients are
    /// reached at `localhost` and 127.0.0.1 too, since each serves its API there.
    ///
    /// - Parameters:
    ///   - role: whom it is for.
    ///   - datacenter: the datacenter in its name.
    ///   - domain: the domain of its name.
    ///   - node: a server's own name, for a name below that of all servers; empty for none.
    ///   - names: further DNS names, which come first.
    ///   - addresses: further addresses, which come first.
    ///   - days: days from now until it ends.
    init(
        _ role: Role,
        datacenter: String,
        domain: String,
        node: String = "",
        names: [String],
        addresses: [[UInt8]],
        days: Int
    ) {
        commonName = "\(role.rawValue).\(datacenter).\(domain)"
        self.names = names
        if !node.isEmpty { self.names.append("\(node).\(commonName)") }
        self.names += [commonName, "localhost"]
        self.addresses = addresses
        switch role {
        case .server: usages = [.server, .client]
        case .client: usages = [.client, .server]
        case .cli: usages = [.client]
        }
        if role != .cli { self.addresses.append([127, 0, 0, 1]) }
        self.days = days
    }
}
