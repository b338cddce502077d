// SPDX-License-Identifier: Apache-2.0
internal import Definitions

extension Assembly {
    mutating func readNetwork() {
        readPorts()
        configuration.network.bindAddress = bindAddress()
        readAdvertiseAddresses()
        let clients = addresses("client_addr", allowsUnix: false)
        configuration.network.clientAddresses = clients.compactMap {
            guard case .ip(let address, _) = $0 else { return nil }
            return address
        }
        let ports = configuration.network.ports
        configuration.network.dns = listeners("dns", port: ports.dns, clients, allowsUnix: false)
        configuration.network.http = listeners("http", port: ports.http, clients)
        configuration.network.https = listeners("https", port: ports.https, clients)
        configuration.network.grpc = listeners("grpc", port: ports.grpc, clients)
        configuration.network.grpcTLS = listeners("grpc_tls", port: ports.grpcTLS, clients)
        let bind = configuration.network.bindAddress
        configuration.network.serfLANAddress = address("serf_lan") ?? bind
        configuration.network.serfWANAddress = address("serf_wan") ?? bind
        configuration.network.unixSockets = UnixSocketConfiguration(
            user: reader.string("unix_sockets.user"),
            group: reader.string("unix_sockets.group"),
            mode: reader.string("unix_sockets.mode")
        )
        checkListenersDiffer()
    }

    private mutating func readPorts() {
        var ports = PortConfiguration()
        ports.dns = reader.port("ports.dns")
        ports.http = reader.port("ports.http")
        ports.https = reader.port("ports.https")
        ports.grpc = reader.port("ports.grpc")
        ports.grpcTLS = reader.port("ports.grpc_tls")
        ports.serfLAN = reader.port("ports.serf_lan")
        ports.serfWAN = reader.port("ports.serf_wan")
        ports.server = reader.port("ports.server")
        ports.sidecar = portRange("sidecar")
        _ = portRange("proxy")
        _ = portRange("expose")
        configuration.network.ports = ports
    }

    private mutating func portRange(_ name: String) -> Range<Int> {
        let low = reader.port("ports.\(name)_min_port")
        let high = reader.port("ports.\(name)_max_port")
        guard low > 0, high > 0 else { return 0..<0 }
        guard low <= high else {
            reader.report(
                "\(name)_min_port must be less than \(name)_max_port. To disable, set both to zero.",
                at: "ports.\(name)_min_port"
            )
            return 0..<0
        }
        return low..<(high + 1)
    }

    private mutating func listeners(
        _ name: String,
        port: Int,
        _ clients: [ListenAddress],
        allowsUnix: Bool = true
    ) -> [ListenAddress] {
        let path = "addresses.\(name)"
        let own = reader.tree[path] != nil
        let chosen = own ? addresses(path, allowsUnix: allowsUnix) : clients
        guard port > 0 else { return [] }
        return chosen.map { place in
            guard case .ip(let address, _) = place else { return place }
            return .ip(address: address, port: port)
        }
    }

    /// The addresses of a setting, separated by blanks; ports are filled in later.
    private mutating func addresses(_ path: String, allowsUnix: Bool) -> [ListenAddress] {
        guard let text = expanded(path) else { return [] }
        return addresses(in: text, path, allowsUnix: allowsUnix)
    }

    private mutating func addresses(
        in text: String,
        _ path: String,
        allowsUnix: Bool
    ) -> [ListenAddress] {
        text.split(whereSeparator: \.isWhitespace).compactMap { word in
            if word.hasPrefix("unix://") {
                guard !allowsUnix else { return .unix(path: String(word.dropFirst(7))) }
                let name = path == "addresses.dns" ? "DNS address" : path
                reader.report("\(name) cannot be a unix socket", at: path)
                return nil
            }
            let inner =
                word.hasPrefix("[") && word.hasSuffix("]") ? word.dropFirst().dropLast() : word
            guard IPAddressText.family(of: inner) != nil else {
                reader.report("\(path): invalid ip address: \(word)", at: path)
                return nil
            }
            return .ip(address: String(inner), port: 0)
        }
    }

    /// A setting that holds at most one IP address; `nil` when it is absent or faulty.
    private mutating func address(_ path: String) -> String? {
        guard reader.tree[path] != nil else { return nil }
        let all = addresses(path, allowsUnix: false)
        if all.count > 1 {
            reader.report(
                "\(path): multiple addresses found: \(expanded(path) ?? "")",
                at: path
            )
        }
        guard case .ip(let address, _)? = all.first else { return nil }
        return address
    }

    private mutating func bindAddress() -> String {
        guard let text = expanded("bind_addr", mayBeEmpty: true) else { return "" }
        let words = text.split(whereSeparator: \.isWhitespace)
        guard let first = words.first else {
            let isTemplate = AddressTemplate.isTemplate(reader.string("bind_addr"))
            reader.report(
                "bind_addr cannot be empty",
                at: "bind_addr",
                hint: isTemplate ? Self.templateHint : nil
            )
            return ""
        }
        if words.count > 1 {
            reader.report(
                "bind_addr cannot contain multiple addresses. "
                    + "Use 'addresses.{dns,http,https}' instead.",
                at: "bind_addr"
            )
        } else if first.hasPrefix("unix://") {
            reader.report("bind_addr cannot be a unix socket", at: "bind_addr")
        } else {
            let found = addresses(in: text, "bind_addr", allowsUnix: false)
            if case .ip(let address, _)? = found.first { return address }
        }
        return ""
    }

    private mutating func checkListenersDiffer() {
        var owners: [ListenAddress: String] = [:]
        let network = configuration.network
        for (name, places) in [
            ("DNS", network.dns), ("HTTP", network.http), ("HTTPS", network.https),
            ("gRPC", network.grpc), ("gRPC TLS", network.grpcTLS),
        ] {
            for place in places {
                if let owner = owners[place] {
                    let port = name == "HTTP" ? "ports.http" : "ports.dns"
                    reader.report(
                        "\(name) address \(place) already configured for \(owner)",
                        at: port
                    )
                }
                owners[place] = name
            }
        }
    }
}

// MARK: what others use to reach this agent

extension Assembly {
    mutating func readAdvertiseAddresses() {
        let bind = configuration.network.bindAddress
        let isBindV6 = bind.contains(":")
        // Consul: the family of bind_addr decides which of the two applies.
        let own =
            address("advertise_addr")
            ?? address(isBindV6 ? "advertise_addr_ipv6" : "advertise_addr_ipv4")
        let lan = own ?? (IPAddressText.isUnspecified(bind) ? detect(isV6: isBindV6) : bind)
        configuration.network.advertiseAddress = lan
        let wan =
            address("advertise_addr_wan")
            ?? address(isBindV6 ? "advertise_addr_wan_ipv6" : "advertise_addr_wan_ipv4")
        configuration.network.advertiseAddressWAN = wan ?? lan
        derived["advertise_addr"] = .string(lan)
        derived["advertise_addr_wan"] = .string(wan ?? lan)
        // That of the wide area is the other one unless it is given.
        for (path, value) in [("advertise_addr", lan), ("advertise_addr_wan", wan)] {
            guard let value, IPAddressText.isUnspecified(value) else { continue }
            reader.report("Advertise address cannot be 0.0.0.0, :: or [::]", at: path)
        }
    }

    private mutating func detect(isV6: Bool) -> String {
        let candidates = isV6 ? host.publicIPv6 : host.privateIPv4
        let kind = isV6 ? "public IPv6" : "private IPv4"
        if candidates.isEmpty {
            reader.add(
                ConfigurationProblem(
                    "No \(kind) address found",
                    hint: "set advertise_addr or -advertise, or bind to one address with -bind"
                )
            )
        } else if candidates.count > 1 {
            reader.add(
                ConfigurationProblem(
                    "Multiple \(kind) addresses found. "
                        + "Please configure one with 'bind' and/or 'advertise'.",
                    hint: "found \(candidates.joined(separator: ", "))"
                )
            )
        }
        return candidates.first ?? ""
    }
}
