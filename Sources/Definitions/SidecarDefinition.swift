// SPDX-License-Identifier: Apache-2.0

/// A proxy that is registered together with the service that it fronts
/// (`connect { sidecar_service {} }`, HTTP API 7.8).
public indirect enum SidecarDefinition: Hashable, Sendable {
    /// What was written of the proxy; everything may have been left out.
    case proxy(ServiceDefinition)
}

extension ServiceDefinition {
    /// What the ID and the name of a sidecar end in.
    public static let sidecarSuffix = "-sidecar-proxy"

    /// The registration of the sidecar that this definition asks for, without a port if none was
    /// written; `nil` if it asks for none.
    ///
    /// Defaults are Consul's (HTTP API 7.8): name, tags, metadata and place follow the service, the
    /// proxy fronts it on 127.0.0.1, and two checks see to it that it listens and that the
    /// service is well.
    public var sidecarRegistration: ServiceDefinition? {
        guard case .proxy(let written)? = sidecar else { return nil }
        let parent = normalized()
        var proxy = written
        proxy.sidecar = nil
        proxy.kind = "connect-proxy"
        proxy.id = parent.id + Self.sidecarSuffix
        if proxy.name.isEmpty { proxy.name = parent.name + Self.sidecarSuffix }
        if proxy.tags.isEmpty { proxy.tags = parent.tags }
        if proxy.meta.isEmpty { proxy.meta = parent.meta }
        if proxy.token.isEmpty { proxy.token = parent.token }
        proxy.locality = parent.locality
        var settings = proxy.proxy ?? ProxyDefinition()
        settings.destinationServiceName = parent.name
        settings.destinationServiceID = parent.id
        if settings.localServiceAddress.isEmpty { settings.localServiceAddress = "127.0.0.1" }
        if settings.localServicePort == 0 { settings.localServicePort = parent.port }
        proxy.proxy = settings
        return proxy
    }

    /// The checks of a sidecar that brought none, for whether it listens and its service is well.
    public func sidecarChecks(of parentID: String) -> [CheckDefinition] {
        var listening = CheckDefinition()
        listening.name = "Connect Sidecar Listening"
        let host = address.isEmpty ? proxy?.localServiceAddress ?? "127.0.0.1" : address
        listening.tcp = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        listening.interval = .seconds(10)
        var alias = CheckDefinition()
        alias.name = "Connect Sidecar Aliasing \(parentID)"
        alias.aliasService = parentID
        return [listening, alias]
    }

    /// The rules of a sidecar (Consul: `Invalid SidecarService: …`).
    ///
    /// - Throws: the rule that is broken, with the API's prefix.
    func validateSidecar() throws(DefinitionError) {
        guard case .proxy(let written)? = sidecar else { return }
        guard written.id.isEmpty else {
            throw DefinitionError("Invalid SidecarService: sidecar_service can't specify an ID")
        }
        guard written.sidecar == nil else {
            throw DefinitionError(
                "Invalid SidecarService: sidecar_service can't have a nested sidecar_service"
            )
        }
        for check in written.checks {
            do { try check.validateKind() } catch {
                throw DefinitionError("Invalid check in sidecar_service: \(error.message)")
            }
        }
        guard var proxy = sidecarRegistration else { return }
        // The port is chosen at the registration: any number stands for it here.
        if proxy.port == 0 { proxy.port = 1 }
        do { try proxy.validateRegistration() } catch {
            throw DefinitionError("Invalid SidecarService: \(error.message)")
        }
    }
}
